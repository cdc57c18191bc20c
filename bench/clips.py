"""Generated webcam clips: how many are read, how soon, and how often wrongly, beside the plain decoders.

The same frames go to the stream's reader with and without the school's label pattern, to plain pyzbar and to plain
zxing-cpp, which are fed every frame and believed at the first reading. "Frames" is from the first frame with the
whole label in it to the one on which the code was accepted; the median counts unread clips as never.
"""

import argparse
import pickle
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import zxingcpp
from pyzbar import pyzbar
from pyzbar.pyzbar import ZBarSymbol

from bench.scenes import PROFILES, RATE, Clip, Picture
from scanner.camera import silence_opencv
from scanner.decode import DEFAULT_FORMATS
from scanner.patterns import Patterns
from scanner.reader import reader_of
from scanner.steady import Steady

PATTERNS = (r"1\d{7}", r"3\d{13}")  # what the labels of `scenes.any_print` look like, ISBNs apart
ZBAR = [ZBarSymbol.EAN13, ZBarSymbol.CODE128, ZBarSymbol.CODE39, ZBarSymbol.CODABAR, ZBarSymbol.QRCODE]
ZXING = zxingcpp.BarcodeFormats(
    [
        zxingcpp.BarcodeFormat.EAN13,
        zxingcpp.BarcodeFormat.Code128,
        zxingcpp.BarcodeFormat.Code39Std,
        zxingcpp.BarcodeFormat.Codabar,
        zxingcpp.BarcodeFormat.QRCode,
    ]
)
See = Callable[[Picture, float], Sequence[str]]  # a frame and its time in; the texts accepted on it out


@dataclass(slots=True)
class Score:
    """What one decoder made of the clips."""

    frames: list[float] = field(default_factory=list)  # to acceptance; infinite when it never came
    false: list[str] = field(default_factory=list)
    by_kind: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    looked: int = 0


def main(argv: list[str]) -> None:
    """Print the shares. `--seeds 0-99`, `--profile typical` (repeatable), `--ours` leaves the plain decoders out."""
    parser = argparse.ArgumentParser(prog="python -m bench clips", description=__doc__)
    parser.add_argument("--seeds", default="0-39", help="first-last, or several such with commas")
    parser.add_argument("--profile", action="append", choices=list(PROFILES))
    parser.add_argument("--ours", action="store_true", help="leave the plain decoders out")
    parser.add_argument("--cache", type=Path, help="a folder in which drawn clips are kept")
    parser.add_argument("--unread", action="store_true", help="name the seeds that were not read")
    options = parser.parse_args([word for word in argv if word != "--quick"])
    silence_opencv()
    seeds = list(_seeds(options.seeds))
    for profile in options.profile or ["good", "typical", "poor"]:
        _profile(profile, seeds, options)


def _seeds(text: str) -> Iterator[int]:
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def _profile(profile: str, seeds: list[int], options: argparse.Namespace) -> None:
    scores: dict[str, Score] = {name: Score() for name in _decoders(ours=options.ours)}
    kinds: Counter[str] = Counter()
    for seed in seeds:
        text, kind, shots = _clip(seed, profile, options.cache)
        kinds[kind] += 1
        for name, make in _decoders(ours=options.ours).items():
            _run(make, shots, text, kind, scores[name])
            if options.unread and scores[name].frames[-1] == float("inf"):
                print(f"  {name}: seed {seed} ({kind}) not read")
    print(f"clips, {profile} light, seeds {options.seeds}: {dict(kinds)}")
    for name, score in scores.items():
        read = [frames for frames in score.frames if frames < float("inf")]
        shares = ", ".join(f"{kind} {score.by_kind[kind]}/{total}" for kind, total in sorted(kinds.items()))
        false = " ".join([f"{len(score.false)} false", *score.false])
        print(f"  {name:16} {100 * len(read) / len(seeds):5.1f} % read ({shares}), {false},", end=" ")
        print(f"frames: median {median(score.frames):g}, of those read {median(read) if read else 0:g};", end=" ")
        print(f"{1000 * score.seconds / max(1, score.looked):.1f} ms a frame", flush=True)


def _run(make: Callable[[], See], shots: Sequence[tuple[bytes, bool]], text: str, kind: str, score: Score) -> None:
    """One clip through one decoder, until its code is accepted; what else is accepted is false."""
    see, whole = make(), None
    for number, (jpeg, is_whole) in enumerate(shots):
        whole = number if whole is None and is_whole else whole
        picture = np.asarray(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), np.uint8)
        before = time.process_time()
        texts = see(picture, number / RATE)
        score.seconds += time.process_time() - before
        score.looked += 1
        score.false += [wrong for wrong in texts if wrong != text]
        if text in texts:
            score.frames.append(number - (number if whole is None else whole))
            score.by_kind[kind] += 1
            return
    score.frames.append(float("inf"))


def _clip(seed: int, profile: str, cache: Path | None) -> tuple[str, str, list[tuple[bytes, bool]]]:
    """The text, its symbology and the frames as JPEG with whether the label is whole in each."""
    kept = cache / f"{profile}-{seed}.clip" if cache else None
    if kept and kept.exists():
        found: tuple[str, str, list[tuple[bytes, bool]]] = pickle.loads(kept.read_bytes())  # our own, written below
        return found
    clip = Clip(seed, profile)
    drawn = clip.code.text, clip.code.symbology, [(shot.jpeg, shot.whole) for shot in clip.shots()]
    if kept:
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(drawn))
    return drawn


def _decoders(*, ours: bool) -> dict[str, Callable[[], See]]:
    stream: dict[str, Callable[[], See]] = {"stream, pattern": lambda: _stream(PATTERNS), "stream": lambda: _stream(())}
    return stream if ours else stream | {"zxing-cpp": lambda: _plain_zxing, "pyzbar": lambda: _plain_pyzbar}


def _stream(patterns: Sequence[str]) -> See:
    reader, steady = reader_of(DEFAULT_FORMATS, patterns), Steady(Patterns(patterns))

    def see(picture: Picture, at: float) -> Sequence[str]:
        look = reader.look(picture, at)
        return [one.text for one in steady.see(look.readings, at, still=look.still)]

    return see


def _plain_zxing(picture: Picture, _at: float) -> Sequence[str]:
    return list(_bare(code.text for code in zxingcpp.read_barcodes(picture, formats=ZXING)))


def _plain_pyzbar(picture: Picture, _at: float) -> Sequence[str]:
    found = pyzbar.decode(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), symbols=ZBAR)
    return list(_bare(code.data.decode("utf-8", "replace") for code in found))


def _bare(texts: Iterator[str]) -> Iterator[str]:
    """Codabar without its start and stop letters, which the stream leaves out too."""
    return (text.strip("ABCD") if text[1:-1].isdigit() else text for text in texts)
