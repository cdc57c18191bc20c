"""Readers' photographs: the one that belongs to a card, and never any other file."""

from pathlib import Path

import pytest

from kiosk import photos
from kiosk.config import Config


@pytest.fixture
def place(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (tmp_path / "secret.jpg").write_bytes(b"not a photograph")
    return folder


@pytest.mark.parametrize("kind", photos.KINDS)
def test_a_photograph_is_found_by_its_card(place: Path, kind: str) -> None:
    (place / f"20230101{kind}").write_bytes(b"a face")
    assert photos.photo_of(place, "20230101") == place / f"20230101{kind}"
    assert photos.photo_of(place, "20230102") is None


@pytest.mark.parametrize("card", ["../secret", "/etc/passwd", "..", "", ".hidden", "a/b", "a\\..\\secret", "x\x00y"])
def test_no_card_leads_out_of_the_folder(place: Path, card: str) -> None:
    assert photos.photo_of(place, card) is None


def test_a_link_that_leads_out_of_the_folder_is_not_followed(place: Path) -> None:
    (place / "20230101.jpg").symlink_to(place.parent / "secret.jpg")
    assert photos.photo_of(place, "20230101") is None


def test_a_library_without_photographs_has_none(tmp_path: Path) -> None:
    assert photos.photo_of(tmp_path / "photos", "20230101") is None


def test_the_folder_is_beside_the_database(tmp_path: Path) -> None:
    here = Config(path=tmp_path / "config.toml", database=f"sqlite:///{tmp_path}/data/kiosk.sqlite")
    there = Config(path=tmp_path / "config.toml", database="postgresql+psycopg://u:p@host/kiosk")
    assert photos.folder(here) == photos.folder(there) == tmp_path / "data" / "photos"
