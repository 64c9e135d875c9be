"""Images of posts: their text by optical character recognition, which is an optional extra.

RapidOCR carries its models in its wheel and runs on ONNX Runtime, offline.
"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from planner.errors import UnreadableFileError
from planner.library.importers.fields import tidy
from planner.library.importers.limits import LARGEST_IMAGE_PIXELS
from planner.library.importers.prose import plain_blocks

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from planner.library.importers.prose import Block

_LEAST_SURE = 0.5
_EXTRA = "Install it with: pip install 'flaneur[ocr]'."


def blocks(path: Path) -> list[Block]:
    """Return the blocks of the text in an image, as it stands from top to bottom.

    Raises
    ------
    UnreadableFileError
        If the optional extra ``ocr`` is not installed, or the file is no sound image, or larger
        than :data:`planner.library.importers.limits.LARGEST_IMAGE_PIXELS`.
    """
    if importlib.util.find_spec("PIL") is None or importlib.util.find_spec("rapidocr") is None:
        raise UnreadableFileError(
            f"To read the text in {path.name}, the optional extra ocr is needed.", _EXTRA
        )
    picture = _opened(path)
    # After the picture: the library takes seconds to load.
    from rapidocr import RapidOCR

    result = RapidOCR(params={"Global.log_level": "critical"})(picture)
    texts = _lines(result)
    return plain_blocks("\n".join(texts))


def _opened(path: Path) -> NDArray[np.uint8]:
    import numpy as np
    from PIL import Image

    # The pixels are counted before any is unpacked: a small file can declare a huge picture.
    Image.MAX_IMAGE_PIXELS = LARGEST_IMAGE_PIXELS
    try:
        with Image.open(path) as image:
            size = image.width * image.height
            pixels = None
            if size <= LARGEST_IMAGE_PIXELS:
                pixels = np.asarray(image.convert("RGB"))[:, :, ::-1]
    except Exception as error:  # the library raises whatever a broken file provokes
        raise UnreadableFileError(
            f"{path.name} is no sound image: {tidy(str(error), limit=200)}.",
            "Save it once more, as PNG or JPEG.",
        ) from error
    if pixels is None:
        raise UnreadableFileError(
            f"{path.name} has more than {LARGEST_IMAGE_PIXELS // 1_000_000} megapixels.",
            "Make it smaller.",
        )
    return pixels


def _lines(result: Any) -> list[str]:  # noqa: ANN401 - as above
    """Return the lines of text from top to bottom, pieces side by side put together."""
    if result is None or result.boxes is None or result.txts is None:
        return []
    pieces = [
        (
            min(point[1] for point in box),
            max(point[1] for point in box),
            min(point[0] for point in box),
            text,
        )
        for box, text, score in zip(result.boxes, result.txts, result.scores, strict=True)
        if score >= _LEAST_SURE
    ]
    pieces.sort(key=lambda piece: (piece[0] + piece[1]) / 2)
    rows: list[list[tuple[float, float, float, str]]] = []
    for piece in pieces:
        middle = (piece[0] + piece[1]) / 2
        if rows and rows[-1][0][0] <= middle <= rows[-1][0][1]:
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [" ".join(piece[3] for piece in sorted(row, key=lambda piece: piece[2])) for row in rows]
