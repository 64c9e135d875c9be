"""What was taught, as the LoRA file that llama.cpp lays over a model.

The network of `planner.language.teaching.lora` holds its weights in the layout of the GGUF file,
queries and keys included; nothing is rearranged here. (From a network in the layout of the
transformers library, the rows of ``lora_b`` of queries and keys would have to be permuted.)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from planner.errors import ModelError

if TYPE_CHECKING:
    from pathlib import Path

    from planner.language.teaching.lora import Taught

_ARCHITECTURE: Final = "llama"


def write_adapter(network: Taught, file: Path, *, name: str = "flaneur") -> None:
    """Write the low-rank part of a network as float16.

    Parameters
    ----------
    network
        What was taught.
    file
        The GGUF file to make, replaced whole.
    name
        What the file calls itself.

    Raises
    ------
    ModelError
        If the package that writes the format is missing.
    """
    try:
        import gguf
    except ImportError as error:
        raise ModelError(
            "Writing an adapter needs the package gguf.",
            'Install it: pip install "flaneur[train]".',
        ) from error
    unfinished = file.with_suffix(".part")
    writer = gguf.GGUFWriter(unfinished, _ARCHITECTURE)
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, network.alpha)
    writer.add_name(name)
    for tensor, values in network.state().items():
        writer.add_tensor(tensor, values.astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    unfinished.replace(file)


def read_adapter(file: Path) -> tuple[float, dict[str, np.ndarray]]:
    """Return the alpha and the low-rank arrays (float32) of a file that `write_adapter` made."""
    try:
        import gguf
    except ImportError as error:
        raise ModelError(
            "Reading an adapter needs the package gguf.",
            'Install it: pip install "flaneur[train]".',
        ) from error
    reader = gguf.GGUFReader(file)
    field = reader.get_field(gguf.Keys.Adapter.LORA_ALPHA)
    if field is None:
        raise ModelError(f"The file {file} is no adapter.")
    arrays = {each.name: np.array(each.data, dtype=np.float32) for each in reader.tensors}
    return float(field.contents()), arrays
