"""What counts as a picture, and its gray."""

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scanner.scan import ScannerError

Gray = NDArray[np.uint8]


def gray_of(frame: NDArray[Any]) -> Gray:
    """The picture in one channel, contiguous. Raises ScannerError unless it is 8 bit gray, BGR or BGRA."""
    if not isinstance(frame, np.ndarray) or frame.dtype != np.uint8 or frame.size == 0:
        raise ScannerError("This is not a picture: it should be an array of bytes with pixels.", retry=True)
    if frame.ndim == 3 and frame.shape[2] == 1:
        frame = frame[:, :, 0]
    if frame.ndim == 2:
        return np.ascontiguousarray(frame)
    if frame.ndim == 3 and frame.shape[2] in (3, 4):
        code = cv2.COLOR_BGR2GRAY if frame.shape[2] == 3 else cv2.COLOR_BGRA2GRAY
        return np.asarray(cv2.cvtColor(np.ascontiguousarray(frame), code), dtype=np.uint8)
    message = f"This is not a picture: its shape is {frame.shape}, not gray, BGR or BGRA."
    raise ScannerError(message, retry=True)
