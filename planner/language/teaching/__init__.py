"""Teaching a small model to take requests apart: made-up requests, training, and export.

Nothing here runs when a person plans: the product only loads the adapter that came out of it.
`generator` makes the data, `dataset` turns it into tokens, `lora` and `training` teach, `export`
writes what llama.cpp loads. The heavy libraries are imported inside functions.
"""
