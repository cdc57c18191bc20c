"""What config.toml may say, and what is said back when it says something else."""

from pathlib import Path

import pytest

from kiosk.config import Backup, Config, ConfigError, Labels, LibrariansDesk, Sound, Station, Timing, load

ROOT = Path(__file__).parent.parent
TOKEN = "a-token-long-enough"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "config.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def complaint(folder: Path, text: str | bytes) -> str:
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text))
    message = str(caught.value)
    assert str(folder / "config.toml") in message
    return message


def test_without_a_file_everything_has_a_default(tmp_path: Path) -> None:
    assert load(tmp_path / "config.toml") == Config(
        path=tmp_path / "config.toml",
        database=f"sqlite:///{tmp_path.as_posix()}/data/kiosk.sqlite",
        backup=Backup(tmp_path / "data/backups"),
    )


def test_the_file_in_the_working_folder_is_read_when_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path, "port = 9000")
    monkeypatch.delenv("KIOSK_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    assert (load(None).port, load(None).path) == (9000, tmp_path / "config.toml")


def test_the_environment_may_name_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KIOSK_CONFIG", str(written(tmp_path, "port = 9001")))
    assert load(None).port == 9001


def test_the_file_we_ship_says_the_defaults(tmp_path: Path) -> None:
    shipped = (ROOT / "config.toml").read_bytes()
    assert load(written(tmp_path, shipped)) == Config(
        path=tmp_path / "config.toml",
        database=f"sqlite:///{tmp_path.as_posix()}/data/kiosk.sqlite",
        station=Station(name="入口"),
        desk=LibrariansDesk(name="服务台"),
        backup=Backup(tmp_path / "data/backups"),
    )


def test_everything_can_be_said(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"""
        database = "postgresql://kiosk:secret@db/library"
        timezone = "Asia/Urumqi"
        language = "en"
        pinyin = true
        listen = "0.0.0.0"
        port = 80
        synchronous = "NORMAL"
        [station]
        name = "入口"
        camera = "demo"
        serial = "COM3"
        keyboard = "/dev/input/event3"
        token = "{TOKEN}"
        attended = true
        [desk]
        name = "服务台"
        idle_minutes = 5
        [backup]
        folder = "/backups"
        keep = 3
        [[stations]]
        name = "room 3-2"
        token = "{TOKEN}-2"
        [sound]
        volume = 1
        [timing]
        session_seconds = 20
        outcome_seconds = 5
        [labels]
        card_prefix = "R"
        copy_prefix = "B"
        codabar_check = true
        code39_check = true
        formats = ["CODABAR"]
        """,
    )
    assert load(path) == Config(
        path=path,
        database="postgresql+psycopg://kiosk:secret@db/library",
        timezone="Asia/Urumqi",
        language="en",
        pinyin=True,
        listen="0.0.0.0",
        port=80,
        synchronous="NORMAL",
        station=Station("入口", "demo", "COM3", "/dev/input/event3", TOKEN, True),
        stations=(Station("room 3-2", token=TOKEN + "-2"),),
        sound=Sound(1),
        timing=Timing(20, 5),
        labels=Labels("R", "B", True, True, ("CODABAR",)),
        desk=LibrariansDesk("服务台", 5),
        backup=Backup(Path("/backups"), 3),
    )


def test_a_database_file_is_found_beside_the_configuration(tmp_path: Path) -> None:
    path = written(tmp_path, 'database = "sqlite:///school/books.sqlite"')
    assert load(path).database == f"sqlite:///{tmp_path.as_posix()}/school/books.sqlite"


def test_a_database_file_with_a_full_path_stays_where_it_is(tmp_path: Path) -> None:
    path = written(tmp_path, 'database = "sqlite:////srv/books.sqlite"')
    assert load(path).database == "sqlite:////srv/books.sqlite"


@pytest.mark.parametrize(
    ("line", "key", "instead"),
    [
        ('port = "8081"', "port", "port = 8081"),
        ("port = 70000", "port", "port = 8080"),
        ("port = true", "port", "port = 8080"),
        ('pinyin = "yes"', "pinyin", "pinyin = true"),
        ("pinyin = 1", "pinyin", "pinyin = false"),
        ('language = "zh-Hant"', "language", 'language = "zh_Hant"'),
        ('language = "fr"', "language", 'language = "zh_Hans"'),
        ('timezone = "Beijing"', "timezone", 'timezone = "Asia/Shanghai"'),
        ("timezone = 8", "timezone", 'timezone = "Asia/Shanghai"'),
        ('listen = "everybody"', "listen", 'listen = "127.0.0.1"'),
        ('synchronous = "off"', "synchronous", 'synchronous = "FULL"'),
        ('synchronous = "normal"', "synchronous", 'synchronous = "NORMAL"'),
        ('database = "kiosk.sqlite"', "database", 'database = "sqlite:///data/kiosk.sqlite"'),
        ('database = "sqlite:///:memory:"', "database", 'database = "sqlite:///data/kiosk.sqlite"'),
        ("[station]\ncamera = 0", "[station] camera", 'camera = "0"'),
        ('[station]\nname = ""', "[station] name", 'name = "entrance"'),
        ('[station]\ntoken = "short"', "[station] token", 'token = "'),
        ("[sound]\nvolume = 60", "[sound] volume", "volume = 0.6"),
        ('[sound]\nvolume = "0.3"', "[sound] volume", "volume = 0.3"),
        ("[timing]\nsession_seconds = 1", "[timing] session_seconds", "session_seconds = 45"),
        ("[timing]\noutcome_seconds = 2.5", "[timing] outcome_seconds", "outcome_seconds = 12"),
        ('[labels]\nformats = "QR"', "[labels] formats", 'formats = ["QR"]'),
        ("[labels]\nformats = []", "[labels] formats", 'formats = ["EAN13",'),
        ('[labels]\nformats = ["EAN-13"]', "[labels] formats", 'formats = ["EAN13",'),
        ('[labels]\ncard_prefix = "A B"', "[labels] card_prefix", 'card_prefix = ""'),
        ("[[stations]]\nname = 32\n", "[[stations]] name", 'name = "32"'),
    ],
)
def test_an_impossible_value_is_answered_with_the_line_to_write(
    tmp_path: Path, line: str, key: str, instead: str
) -> None:
    message = complaint(tmp_path, line)
    assert f": {key} must be " in message
    assert f"Write instead:\n    {instead}" in message


@pytest.mark.parametrize(
    ("line", "key", "instead"),
    [
        ("prot = 8081", "prot", "port = 8081"),
        ('[station]\ncamrea = "0"', "[station] camrea", 'camera = "0"'),
        ('colour = "red"', "colour", '# colour = "red"'),
        ("[lables]\ncodabar_check = true", "lables", "[labels]"),
        ("[printer]\nname = 'a'", "printer", "# [printer]"),
        ('camera = "demo"', "camera", '[station]\n    camera = "demo"'),
        ("[station]\nport = 81", "[station] port", "port = 81  # above the first [section]"),
    ],
)
def test_an_unknown_key_is_answered_with_the_one_it_resembles(
    tmp_path: Path, line: str, key: str, instead: str
) -> None:
    message = complaint(tmp_path, line)
    assert f": {key} is not a setting. Write instead:\n    {instead}" in message


@pytest.mark.parametrize(
    ("line", "key", "instead"),
    [
        ('station = "entrance"', "station", "[station]\n    name = "),
        ("sound = 0.5", "sound", "[sound]\n    volume = 0.6"),
        ("[stations]\nname = 'a'", "stations", "[[stations]]\n    name = "),
        ("stations = [1]", "stations", "[[stations]]\n    name = "),
    ],
)
def test_a_section_written_as_a_value_is_answered_with_the_section(
    tmp_path: Path, line: str, key: str, instead: str
) -> None:
    message = complaint(tmp_path, line)
    assert f": {key} " in message
    assert f"Write instead:\n    {instead}" in message


@pytest.mark.parametrize(
    ("text", "where", "instead"),
    [
        ("pinyin = true\nlanguage = en\n", "line 2", 'language = "en"'),
        ('[station]\n\nserial = "C:\\dev\\com"', "line 3", 'serial = "C:\\\\dev\\\\com"'),
        ("port = 80\nport = 81", "line 2", "port = 81"),
        ("port", "line 1", "port = 8080"),
        ("listen = 0.0.0.0", "line 1", 'listen = "0.0.0.0"'),
        ("\n\nhello there", "line 3", "# hello there"),
        ("[station", "line 1", "[station]"),
    ],
)
def test_a_line_that_cannot_be_understood_is_named_and_mended(
    tmp_path: Path, text: str, where: str, instead: str
) -> None:
    message = complaint(tmp_path, text)
    assert f"config.toml, {where}: cannot be understood" in message
    assert message.endswith(f"Write instead:\n    {instead}")


def test_a_file_in_a_chinese_windows_encoding_is_asked_for_in_utf_8(tmp_path: Path) -> None:
    message = complaint(tmp_path, 'port = 8080\n[station]\nname = "入口"'.encode("gbk"))
    assert "line 3: is not UTF-8 text; save the file as UTF-8" in message


def test_a_file_in_utf_16_is_asked_for_in_utf_8(tmp_path: Path) -> None:
    assert "save the file as UTF-8" in complaint(tmp_path, "port = 8080".encode("utf-16"))


def test_the_byte_order_mark_of_a_windows_editor_does_no_harm(tmp_path: Path) -> None:
    assert load(written(tmp_path, "port = 9002\r\n".encode("utf-8-sig"))).port == 9002


def test_a_folder_in_place_of_the_file_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "config.toml").mkdir()
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "config.toml")


def test_another_station_needs_a_token(tmp_path: Path) -> None:
    message = complaint(tmp_path, '[[stations]]\nname = "room 3-2"')
    assert '[[stations]] number 1, token is missing. Write instead:\n    [[stations]]\n    name = "room' in message


def test_the_token_that_is_proposed_is_accepted_and_never_the_same(tmp_path: Path) -> None:
    text = '[[stations]]\nname = "room 3-2"'
    first, second = (complaint(tmp_path, text).split("instead:\n")[1] for _ in range(2))
    assert first != second
    assert load(written(tmp_path, first)).stations[0].name == "room 3-2"


def test_two_stations_never_share_a_name(tmp_path: Path) -> None:
    message = complaint(tmp_path, f'[[stations]]\nname = "entrance"\ntoken = "{TOKEN}"')
    assert '[[stations]] number 1, name is used twice. Write instead:\n    name = "entrance 2"' in message


def test_two_stations_never_share_a_token(tmp_path: Path) -> None:
    one, two = (f'[[stations]]\nname = "{name}"\ntoken = "{TOKEN}"\n' for name in "ab")
    assert "number 2, token is used by another station too" in complaint(tmp_path, one + two)


def test_a_complaint_never_repeats_a_password(tmp_path: Path) -> None:
    assert "s3cret" not in complaint(tmp_path, 'database = "mysql://kiosk:s3cret@db/library"')
