"""PURE. Names as they may be shown in public: the first name only."""

import re

_COMPOUND = re.compile(
    "欧阳|司马|上官|诸葛|东方|皇甫|尉迟|公孙|慕容|令狐|夏侯|司徒|司空|端木|轩辕|长孙|宇文|呼延|南宫|独孤|"
    "歐陽|司馬|諸葛|東方|尉遲|公孫|端木|軒轅|長孫|南宮|獨孤"
)


_GRADES = "零一二三四五六七八九十"


def grade_name(grade: int, language: str) -> str:
    """The grade as a class is called by it: 三 in Chinese, 3 elsewhere."""
    return _GRADES[grade] if language.startswith("zh") and grade < len(_GRADES) else str(grade)


def first_name(name: str) -> str:
    """What classmates call: 王小明 -> 小明, 欧阳子涵 -> 子涵, 阿依古丽·买买提 -> 阿依古丽, Ann Lee -> Ann."""
    name = name.strip()
    first = re.split(r"[·•・\s]", name)[0]
    if first != name or not re.fullmatch("[\u3400-\u9fff]{2,}", name):
        return first
    surname = 2 if len(name) > 2 and _COMPOUND.match(name) else 1
    return name[surname:]
