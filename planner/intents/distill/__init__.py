"""What a small model is to learn: reasoned sequences, the curriculum, and what must not matter.

Nothing here trains or runs a model; it states samples, targets and pairs.
"""
