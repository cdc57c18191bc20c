"""The house keeps its own rules: who may import whom, how long things may be, which paths are named."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(
    path.relative_to(ROOT).as_posix() for top in ("kiosk", "scanner", "web") for path in (ROOT / top).rglob("*.py")
)
PURE = (
    "kiosk.circulation",
    "kiosk.conversation",
    "kiosk.decision",
    "kiosk.holiday_sentence",
    "kiosk.holiday_words",
    "kiosk.holidays",
    "kiosk.labels",
    "kiosk.loan_rules",
    "kiosk.marks",
    "kiosk.names",
    "kiosk.patterns",
    "kiosk.policy",
    "kiosk.reserve_rules",
    "kiosk.roles",
    "kiosk.slowing",
    "kiosk.rule_changes",
    "kiosk.rule_checks",
    "kiosk.rule_preview",
    "kiosk.rulebook",
    "kiosk.turns",
    "kiosk.typed_date",
    "kiosk.typed_text",
    "scanner.patterns",
    "scanner.steady",
    "scanner.wedge",
    "web.librarian.onward",
)
# The scanner's libraries, and the only module that may know each of them.
KNOWN_TO_ONE = {"pyzbar": "scanner.decoders", "serial": "scanner.cable", "evdev": "scanner.keyboard"}
NOT_IN_KIOSK = {"cv2", "numpy", "pyzbar", "zxingcpp", "serial", "evdev", "flask", "waitress", "werkzeug"}
SIDE_EFFECTS = {
    "os",
    "io",
    "pathlib",
    "subprocess",
    "socket",
    "sqlite3",
    "threading",
    "time",
    "random",
    "logging",
}
CLOCKS = {"now", "utcnow", "today", "time", "monotonic"}
LONGEST_FUNCTION, USUAL_FUNCTION, LONGEST_MODULE = 40, 25, 250


def dotted(module: str) -> str:
    return module.removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def imports(module: str) -> set[str]:
    """Every module imported anywhere in this one, inside functions too, by its full name."""
    names: set[str] = set()
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            package = ".".join(dotted(module).split(".")[: -node.level or None]) if node.level else ""
            source = ".".join(part for part in (package, node.module or "") if part)
            names |= {f"{source}.{alias.name}" if is_module(source, alias.name) else source for alias in node.names}
    return names


def is_module(package: str, name: str) -> bool:
    folder = ROOT / package.replace(".", "/")
    return (folder / f"{name}.py").exists() or (folder / name / "__init__.py").exists()


def parsed(module: str) -> ast.Module:
    return ast.parse((ROOT / module).read_text("utf-8"))


def functions(module: str) -> Iterator[tuple[str, int]]:
    """Each function's place and its number of lines, decorators not counted."""
    for node in ast.walk(parsed(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module}:{node.lineno} {node.name}", (node.end_lineno or node.lineno) - node.lineno + 1


def may_import(importer: str, imported: str) -> bool:
    """DESIGN: web -> kiosk, web -> scanner.scan; the command line puts them together."""
    home, target = importer.split(".")[0], imported.split(".")[0]
    if target not in ("kiosk", "scanner", "web", "tests", "bench"):
        return True
    if home == target or importer == "kiosk.__main__":
        return True
    return home == "web" and (target == "kiosk" or imported == "scanner.scan")


def test_the_house_has_its_three_parts() -> None:
    assert {module.split("/")[0] for module in MODULES} == {"kiosk", "scanner", "web"}


@pytest.mark.parametrize("module", MODULES)
def test_nobody_imports_against_the_arrows(module: str) -> None:
    assert [name for name in sorted(imports(module)) if not may_import(dotted(module), name)] == []


@pytest.mark.parametrize("pure", PURE)
def test_the_rules_need_only_the_standard_library_and_each_other(pure: str) -> None:
    strangers = {
        f"{module} imports {name}"
        for module in reached_from(pure.replace(".", "/") + ".py")
        for name in imports(module)
        if name.split(".")[0] not in sys.stdlib_module_names - SIDE_EFFECTS and not is_ours(name)
    }
    assert strangers == set()


def reached_from(module: str) -> set[str]:
    """The module and every module of ours that it imports, directly or not."""
    reached, waiting = set[str](), [module]
    while waiting:
        reached.add(waiting[-1])
        ours = {name.replace(".", "/") + ".py" for name in imports(waiting.pop())}
        waiting += [found for found in ours - reached if (ROOT / found).exists()]
    return reached


def is_ours(name: str) -> bool:
    return name.split(".")[0] in ("kiosk", "scanner", "web")


@pytest.mark.parametrize("pure", PURE)
def test_the_rules_are_told_the_time_and_never_ask_for_it(pure: str) -> None:
    asked = {
        f"{module}:{call.lineno} {ast.unparse(call.func)}()"
        for module in reached_from(pure.replace(".", "/") + ".py")
        for call in ast.walk(parsed(module))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and is_clock(call.func)
    }
    assert asked == set()


def is_clock(asked: ast.Attribute) -> bool:
    return ast.unparse(asked.value).split(".")[-1] in ("datetime", "date", "time") and asked.attr in CLOCKS


def test_the_library_knows_neither_cameras_nor_http() -> None:
    known = {
        f"{module} imports {name}"
        for module in MODULES
        if module.startswith("kiosk/") and module != "kiosk/__main__.py"
        for name in imports(module)
        if name.split(".")[0] in NOT_IN_KIOSK
    }
    assert known == set()


def test_each_device_library_is_known_to_one_module_only() -> None:
    strangers = {
        f"{module} imports {name}"
        for module in MODULES
        for name in imports(module)
        if dotted(module) != KNOWN_TO_ONE.get(name.split(".")[0], dotted(module))
    }
    assert strangers == set()


@pytest.mark.parametrize("module", MODULES)
def test_a_module_is_read_in_one_sitting(module: str) -> None:
    if "/migrations/versions/" not in module:  # a migration is read once, from top to bottom
        assert len((ROOT / module).read_text("utf-8").splitlines()) <= LONGEST_MODULE


def test_no_function_is_longer_than_a_page() -> None:
    long = [f"{place}: {lines} lines" for place, lines in all_functions() if lines > LONGEST_FUNCTION]
    assert long == []


def test_nine_functions_of_ten_fit_in_one_look() -> None:
    lengths = sorted(lines for _, lines in all_functions())
    assert lengths[len(lengths) * 9 // 10] <= USUAL_FUNCTION


def all_functions() -> list[tuple[str, int]]:
    return [found for module in MODULES if "/migrations/versions/" not in module for found in functions(module)]


def test_every_path_in_the_table_of_changes_is_there() -> None:
    table = [line for line in (ROOT / "CONTRIBUTING.md").read_text("utf-8").splitlines() if line.startswith("|")]
    paths = {path for line in table for path in re.findall(r"`([\w./*-]+[./][\w./*-]+)`", line)}
    assert len(paths) > 20
    missing = [path for path in sorted(paths) if not any(ROOT.glob(path.rstrip("/")))]
    assert not missing, " ".join(missing)


@pytest.mark.parametrize("command", ["kiosk", "test"])
def test_each_command_has_a_twin_for_windows(command: str) -> None:
    for name in (command, f"{command}.cmd"):
        assert re.search(rf'prepare\.py" {command} ', (ROOT / "bin" / name).read_text("utf-8"))


def test_ci_runs_the_command_of_the_readme() -> None:
    assert "bin/test" in (ROOT / ".ci" / "run").read_text("utf-8")
    assert "bin/test" in (ROOT / "README.md").read_text("utf-8")
    assert "bin/kiosk" in (ROOT / "README.md").read_text("utf-8")


def test_the_arrows_are_read_from_every_form_of_import(tmp_path: Path) -> None:
    assert may_import("web.station", "scanner.scan")
    assert not may_import("web.station", "scanner.camera")
    assert not may_import("kiosk.desk", "web")
    assert not may_import("scanner.scan", "kiosk.labels")
    assert "kiosk.config_keys" in imports("kiosk/config.py")
