"""What the tests of the scanner share: an ear for reports, pictures of codes, videos of pictures."""

import time

import cv2
import numpy as np
import zxingcpp

from scanner.reading import Reading


class Ear:
    """Stands where the report stands and remembers what was said."""

    def __init__(self):
        self.scans, self.devices, self.previews, self.marked, self.hints = [], [], [], [], []

    def scan(self, scan):
        self.scans.append(scan)

    def device(self, device, name, state, reason, detail):
        self.devices.append((device, name, state, reason, detail))

    def preview(self, picture):
        self.previews.append(picture)

    def boxes(self, marks):
        self.marked.append(marks)

    def hint(self, code):
        self.hints.append(code)

    @property
    def texts(self):
        return [scan.text for scan in self.scans]

    @property
    def states(self):
        return [(state, reason) for _, _, state, reason, _ in self.devices]


def until(true, patience=30.0):
    """Wait until something holds; the patience is for a slow machine, and nothing is measured."""
    deadline = time.monotonic() + patience
    while not true() and time.monotonic() < deadline:
        time.sleep(0.01)
    return true()


def code(text, symbology="Code128", scale=3):
    """A crisp picture of one code with a white margin."""
    barcode = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, symbology))
    picture = np.array(barcode.to_image(scale=scale))
    return cv2.copyMakeBorder(picture, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)


def on_desk(*pictures, size=(720, 1280)):
    """Pictures side by side on a gray 1280x720 desk, in colour."""
    desk = np.full(size, 190, np.uint8)
    left = 40
    for picture in pictures:
        height, width = picture.shape
        desk[100 : 100 + height, left : left + width] = picture
        left += width + 40
    return cv2.cvtColor(desk, cv2.COLOR_GRAY2BGR)


def write_video(path, pictures, rate=30.0):
    """A motion JPEG video of these pictures."""
    height, width = pictures[0].shape[:2]
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), rate, (width, height))
    for picture in pictures:
        writer.write(picture)
    writer.release()
    return path


def reading(text="10000001", symbology="CODE128", x=0.0, y=0.0, width=300.0, height=90.0):
    """A reading whose upper left corner is at x, y."""
    corners = ((x, y), (x + width, y), (x + width, y + height), (x, y + height))
    return Reading(text, symbology, corners, "zxing")
