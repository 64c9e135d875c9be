"""Understanding and telling: rules, local language models, and sentence embeddings.

Nothing here needs a model: rules understand a request and a template tells a walk. A model makes
both better where it can, and a guard drops whatever it invents.
"""
