"""Generated webcam clips, 1280x720 at 30 frames a second: a label moved into view and held, as a child holds it.

A pinhole camera of 65 degrees looks at a flat cover in space. Everything is in millimetres and seconds until it is
projected: the thing tilts, turns, trembles and comes nearer; the lens is out of focus by its aperture and distance;
the exposure smears what moves; then come glare, the sensor's noise, and the camera's own JPEG.
A clip is a pure function of its seed and profile.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, pi, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from bench import drawing, lens
from bench.drawing import Gray, Ink, Print, any_print
from bench.lens import HEIGHT, WIDTH, Matrix

Picture = NDArray[np.uint8]
Range = tuple[float, float]

RATE = 30
FRAMES = 66
FOCAL = 1005.0  # pixels: 65 degrees across 1280
NEAREST = 120.0  # millimetres: nearer, the hand and the book take the light from the label
_APERTURE = 1.3  # millimetres: a webcam's lens of 3.6 mm at f/2.8
_FOCUS_STEPS = 6  # sharpnesses that are drawn while an autofocus settles
_CENTRE = np.array([[1, 0, WIDTH / 2], [0, 1, HEIGHT / 2], [0, 0, 1.0]])


@dataclass(frozen=True, slots=True)
class Profile:
    """How good the light, the camera and the hand are."""

    module: Range  # pixels a module when held
    tilt: float  # most radians off the camera's plane
    fixed: float  # share of cameras without autofocus
    defocus: Range  # pixels of blur that an autofocus leaves
    focused_at: Range  # millimetres, of a camera without autofocus
    exposure: Range  # seconds
    noise: Range  # standard deviation in gray levels
    light: Range  # gray level of white paper
    odd: float  # share of clips with each of: glare, a bent label, a thumb on one end
    tremor: float  # millimetres
    jpeg: int


PROFILES = {
    "good": Profile(
        module=(2.0, 4.0),
        tilt=0.25,
        fixed=0.0,
        defocus=(0.0, 1.2),
        focused_at=(300, 450),
        exposure=(1 / 120, 1 / 80),
        noise=(2, 3.5),
        light=(200, 235),
        odd=0.12,
        tremor=0.4,
        jpeg=92,
    ),
    "typical": Profile(
        module=(1.8, 3.6),
        tilt=0.45,
        fixed=0.25,
        defocus=(0.3, 2.2),
        focused_at=(240, 360),
        exposure=(1 / 70, 1 / 40),
        noise=(3, 6),
        light=(150, 225),
        odd=0.25,
        tremor=0.7,
        jpeg=80,
    ),
    "poor": Profile(
        module=(1.6, 3.2),
        tilt=0.6,
        fixed=0.6,
        defocus=(1.0, 3.5),
        focused_at=(260, 420),
        exposure=(1 / 40, 1 / 30),
        noise=(8, 13),
        light=(90, 170),
        odd=0.4,
        tremor=1.2,
        jpeg=70,
    ),
}


@dataclass(frozen=True, slots=True)
class Shot:
    """One frame of a clip, and whether the whole label is in the picture."""

    jpeg: bytes  # as the camera sends it
    whole: bool

    @property
    def picture(self) -> Picture:
        """The frame in colour."""
        return np.asarray(cv2.imdecode(np.frombuffer(self.jpeg, np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)


class Clip:
    """One clip: `code` is on the label; no other code is to be seen. `upright` keeps it from being turned."""

    def __init__(self, seed: int, profile: str = "typical", code: Print | None = None, frames: int = FRAMES) -> None:
        self._rng = rng = np.random.default_rng([seed, list(PROFILES).index(profile)])
        self._p = p = PROFILES[profile]
        self.code = code or any_print(rng)
        self._frames = frames
        self._distance = max(NEAREST, FOCAL * self.code.module / float(rng.uniform(*p.module)))
        self._scale = 1.5 * FOCAL / self._distance  # pixels of the drawn cover to a millimetre
        self._turn = float(rng.uniform(0, 2 * pi))
        self._tilts = rng.uniform(-p.tilt, p.tilt, 2) * 0.7
        self._phases = rng.uniform(0, 2 * pi, 12)
        self._place = rng.uniform(-1, 1, 2) * (0.25 * WIDTH, 0.18 * HEIGHT)
        angle = float(rng.uniform(0, 2 * pi))
        self._from = np.array([cos(angle) * WIDTH * 0.8, sin(angle) * HEIGHT * 1.1])
        self._coming = float(rng.uniform(0.35, 0.7))  # seconds
        self._exposure, self._noise = float(rng.uniform(*p.exposure)), float(rng.uniform(*p.noise))
        self._light = float(rng.uniform(*p.light)) / 230
        self._glare = self._highlight() if rng.random() < p.odd else None
        self._room = drawing.room(rng, WIDTH, HEIGHT)
        self._grain = np.rint(rng.normal(0, self._noise, (HEIGHT + 97, WIDTH + 113))).astype(np.float32)
        self._tint = [_tint(float(gain)) for gain in rng.uniform(0.85, 1.1, 3)]
        sheet = self._sheet()
        self._blurs = self._defocus()
        self._sheets = [lens.out_of_focus(sheet, blur * 1.5, 0.75) for blur in self._blurs]

    def shots(self) -> Iterator[Shot]:
        """The frames in order."""
        for number in range(self._frames):
            yield self._shot(number)

    def _sheet(self) -> Ink:
        """The cover with the label on it, the label's middle in the sheet's middle."""
        rng, scale = self._rng, self._scale
        sticker = drawing.label(self.code, scale, float(rng.uniform(18, 50)), float(rng.uniform(215, 240)))
        if rng.random() < self._p.odd:
            sticker = drawing.bent(sticker, float(rng.uniform(-0.7, 0.7)), float(rng.uniform(-0.12, 0.12)))
        tall, wide = sticker.shape
        beyond = [round(millimetres * scale) for millimetres in rng.uniform((6, 6, 6, 6), (60, 60, 40, 40))]
        left, right, up, down = beyond
        half_wide, half_tall = max(left, right) + wide // 2 + 1, max(up, down) + tall // 2 + 1
        whole = drawing.cover(rng, 2 * half_wide, 2 * half_tall)
        top, start = half_tall - tall // 2, half_wide - wide // 2
        whole[top : top + tall, start : start + wide] = sticker
        if rng.random() < self._p.odd:
            self._thumb(whole, (half_wide, top))
        return whole

    def _thumb(self, sheet: Ink, middle: tuple[int, int]) -> None:
        """A thumb from below over one end: it hides the bars' lower part there, at most 55 of 100 of their height."""
        rng, scale, code = self._rng, self._scale, self.code
        end = float(rng.choice([-1, 1])) * code.width / 2 * float(rng.uniform(0.75, 1.05))
        tip = 1.5 + code.height * float(rng.uniform(0.45, 0.9)) + 8.5
        at = (middle[0] + round(end * scale), middle[1] + round(tip * scale))
        size, skin = round(8.5 * scale), float(rng.uniform(110, 180))
        foot = (at[0] + round(float(rng.uniform(-8, 8)) * scale), at[1] + round(60 * scale))
        cv2.line(sheet, at, foot, skin, 2 * size, cv2.LINE_AA)

    def _defocus(self) -> list[float]:
        """Pixels of blur: one for a fixed lens, several for one that settles."""
        rng, p = self._rng, self._p
        if rng.random() < p.fixed:
            sharp_at = float(rng.uniform(*p.focused_at))
            return [_APERTURE * FOCAL * abs(1 / self._distance - 1 / sharp_at)]
        last, first = float(rng.uniform(*p.defocus)), float(rng.uniform(0, 6))
        return [last + first * 0.5**step for step in range(_FOCUS_STEPS)]

    def _highlight(self) -> Gray:
        """A soft spot of mirrored light."""
        size, strength = self._rng.uniform((20, 15), (80, 60)), float(self._rng.uniform(50, 190))
        down, across = np.mgrid[-180:181, -240:241].astype(np.float32)
        return np.asarray(strength * np.exp(-((across / size[0]) ** 2) - (down / size[1]) ** 2), dtype=np.float32)

    def _pose(self, at: float) -> Matrix:
        """The matrix from millimetres on the cover, its middle being the label's, to pixels."""
        wobble = [sin(2 * pi * hertz * at + phase) for hertz, phase in zip(_TREMBLE, self._phases, strict=True)]
        coming = max(0.0, 1 - at / self._coming)
        away = coming**2 * (3 - 2 * coming)
        pitch = self._tilts[0] + 0.05 * wobble[0] + 0.3 * away
        yaw = self._tilts[1] + 0.05 * wobble[1]
        roll = self._turn + 0.06 * wobble[2] + 0.5 * away
        turned = lens.turned(pitch, yaw, roll)
        z = self._distance * (1 + 0.04 * wobble[3] + 0.3 * away)
        shake = self._p.tremor * np.array([wobble[4] + 0.4 * wobble[5], wobble[6] + 0.4 * wobble[7]])
        x, y = (self._place + self._from * away) * z / FOCAL + shake + 3 * np.array([wobble[8], wobble[9]])
        focal = np.diag([FOCAL, FOCAL, 1.0])
        return np.asarray(_CENTRE @ focal @ np.column_stack([turned[:, 0], turned[:, 1], (x, y, z)]))

    def _shot(self, number: int) -> Shot:
        at = number / RATE
        pose = self._pose(at)
        sheet = self._sheets[min(int(at / 0.12), len(self._sheets) - 1)]
        picture = self._room.copy()
        tall, wide = sheet.shape
        fine = 1 / self._scale
        place = pose @ np.array([[fine, 0, -wide / 2 * fine], [0, fine, -tall / 2 * fine], [0, 0, 1]])
        corners = lens.through(place, [(0, 0), (wide, 0), (wide, tall), (0, tall)])
        box = lens.clipped(corners, 24)
        if box is not None:
            lens.lay(picture, sheet, place, corners, box)
            middle = lens.through(pose, [(0, 0)])[0]
            lens.smear(picture, box, lens.through(self._pose(at + self._exposure), [(0, 0)])[0] - middle)
            if self._glare is not None:
                shining = (6 * sin(self._phases[10]), 5 * sin(self._phases[11] + 3 * at))
                lens.add(picture, self._glare, lens.through(pose, [shining])[0])
        settling = 1 + 0.12 * max(0.0, 1 - at)  # the exposure follows what has come
        picture *= self._light * settling
        picture += self._grain_at(number)
        gray = np.clip(picture, 0, 255).astype(np.uint8)
        colour = cv2.merge([cv2.LUT(gray, tint) for tint in self._tint])
        return Shot(lens.jpeg_of(colour, self._p.jpeg), self._whole(pose))

    def _grain_at(self, number: int) -> Gray:
        down, across = number * 37 % 97, number * 53 % 113
        return self._grain[down : down + HEIGHT, across : across + WIDTH]

    def _whole(self, pose: Matrix) -> bool:
        x, y = self.code.width / 2, self.code.height / 2
        corners = lens.through(pose, [(-x, -y), (x, -y), (x, y), (-x, y)])
        return bool((corners >= 0).all() and (corners[:, 0] < WIDTH).all() and (corners[:, 1] < HEIGHT).all())


_TREMBLE = (0.7, 0.9, 0.6, 0.4, 4.1, 8.7, 3.3, 7.9, 0.5, 0.6, 1.0, 1.0)  # hertz, of the hand's twelve movements


def _tint(gain: float) -> Picture:
    """One channel's table: no camera's gray is quite gray."""
    return np.asarray(np.clip(np.arange(256) * gain, 0, 255), np.uint8)
