"""Pasted words about holidays become days, and what is not understood is shown."""

from datetime import date, timedelta
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.holidays import Doubt, Found, Reading, read

NOTICE_2026 = """关于2026年部分节假日安排的通知
各学校：2026年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休的日期如下。
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
节假日期间，请妥善安排好值班和安全保卫工作。"""
HOLIDAYS_2026 = {
    "元旦": [date(2026, 1, day) for day in range(1, 4)],
    "春节": [date(2026, 2, day) for day in range(15, 24)],
    "清明节": [date(2026, 4, day) for day in range(4, 7)],
    "劳动节": [date(2026, 5, day) for day in range(1, 6)],
    "端午节": [date(2026, 6, day) for day in range(19, 22)],
    "中秋节": [date(2026, 9, day) for day in range(25, 28)],
    "国庆节": [date(2026, 10, day) for day in range(1, 8)],
}
WORK_2026 = {
    "元旦": [date(2026, 1, 4)],
    "春节": [date(2026, 2, 14), date(2026, 2, 28)],
    "劳动节": [date(2026, 5, 9)],
    "国庆节": [date(2026, 9, 20), date(2026, 10, 10)],
}


def brief(reading: Reading) -> str:
    """10-01休 10-10班"""
    return " ".join(f"{each.day:%m-%d}{'班' if each.open else '休'}" for each in reading.days)


def doubts(reading: Reading) -> list[Doubt]:
    return [each.doubt for each in reading.remarks]


@pytest.mark.parametrize("notice", [NOTICE_2026, NOTICE_2026.replace("\n", ""), NOTICE_2026.replace("：", "：\n")])
def test_a_whole_years_notice_is_read_with_its_line_breaks_and_without(notice: str) -> None:
    found = read(notice, 2026).days
    assert {each.day for each in found if not each.open} == set(chain(*HOLIDAYS_2026.values()))
    assert {each.day for each in found if each.open} == set(chain(*WORK_2026.values()))


def test_every_day_of_the_notice_has_the_name_of_its_holiday() -> None:
    found = {each.day: each.note for each in read(NOTICE_2026, 2026).days}
    for name, days in [*HOLIDAYS_2026.items(), *WORK_2026.items()]:
        assert {found[day] for day in days} == {name}


def test_what_the_notice_says_besides_is_shown_as_not_taken() -> None:
    remarks = read(NOTICE_2026, 2026).remarks
    assert {each.doubt for each in remarks} == {Doubt.NO_DAY}
    assert [each.text[:4] for each in remarks] == ["关于20", "各学校:", "节假日期"]


def test_the_year_of_the_notice_is_stronger_than_the_one_on_the_screen() -> None:
    reading = read(NOTICE_2026, 2025)
    assert {each.day.year for each in reading.days} == {2026}
    assert Doubt.OTHER_YEAR in doubts(reading)


def test_last_years_notice_pasted_for_this_year_is_noticed_by_its_weekdays() -> None:
    reading = read("元旦：1月1日（周三）放假1天，不调休。", 2026)
    assert brief(reading) == "01-01休"
    assert reading.doubtful == {date(2026, 1, 1)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("一、元旦：2026年1月1日（周四）至2日（周五）放假调休，共2天。1月4日（周日）上班。", "01-01休 01-02休 01-04班"),
        ("元旦：1月1日放假，与周末连休。", "01-01休"),
        ("清明节：4月4日(星期六)与周末连休", "04-04休"),
        ("１０月１日～３日放假", "10-01休 10-02休 10-03休"),
        ("10月1日-3日休", "10-01休 10-02休 10-03休"),
        ("10月1日—3日休", "10-01休 10-02休 10-03休"),
        ("10月1-3日放假", "10-01休 10-02休 10-03休"),
        ("10月1日到10月3日放假", "10-01休 10-02休 10-03休"),
        ("1月31日（周六）至2月1日（周日）放假", "01-31休 02-01休"),
        ("十月一日至三日放假，十月十日上班", "10-01休 10-02休 10-03休 10-10班"),
        ("二〇二六年十二月二十九日至三十一日放假", "12-29休 12-30休 12-31休"),
        ("10月1日、2日、3日放假", "10-01休 10-02休 10-03休"),
        ("10月1、2、3日放假", "10-01休 10-02休 10-03休"),
        ("9月20日（周日）、10月10日（周六）上班", "09-20班 10-10班"),
        ("9月20日（星期天）和10月10日（星期六）照常上课", "09-20班 10-10班"),
        ("放假时间：10月1日至2日；调休上班：9月20日、10月10日", "09-20班 10-01休 10-02休 10-10班"),
        ("休：10月1日、10月2日", "10-01休 10-02休"),
        ("10月1日放假，10月10日上班", "10-01休 10-10班"),
        ("2026-10-01..2026-10-03 国庆节 休", "10-01休 10-02休 10-03休"),
        ("2026/10/1-10/3 休", "10-01休 10-02休 10-03休"),
        ("2026.10.1 - 2026.10.3 休", "10-01休 10-02休 10-03休"),
        ("10.1-10.3 休", "10-01休 10-02休 10-03休"),
        ("10-01~10-03 休", "10-01休 10-02休 10-03休"),
        ("2026/10/10 班", "10-10班"),
        ("10/10班", "10-10班"),
        ("10月10日 上班", "10-10班"),
        ("20261010 补班", "10-10班"),
        ("10月20日 运动会 停课", "10-20休"),
        ("2026-10-01 closed\n2026-10-10 open", "10-01休 10-10班"),
        ("國慶節：10月1日（週四）至2日（週五）放假，10月10日（週六）補班", "10-01休 10-02休 10-10班"),
        ("10月10日（周六）调休", "10-10班"),
        ("10月9日（周五）调休", "10-09休"),
        ("9月12日（周六）不休息，照常开放", "09-12班"),
        ("10月3日休", "10-03休"),
        ("", ""),
    ],
)  # fmt: skip
def test_the_forms_in_which_people_write_a_holiday_are_understood(text: str, expected: str) -> None:
    reading = read(text, 2026)
    assert brief(reading) == expected
    assert doubts(reading) == []


def test_a_holiday_over_new_year_reaches_into_the_next_year() -> None:
    said = read("元旦：2022年12月31日至2023年1月2日放假调休，共3天。1月3日上班。", 2023)
    plainly = read("元旦：12月31日至1月2日放假", 2022)
    assert [each.day for each in said.days][:3] == [each.day for each in plainly.days]
    assert [each.day for each in plainly.days] == [date(2022, 12, 31), date(2023, 1, 1), date(2023, 1, 2)]
    assert said.days[-1] == Found(date(2023, 1, 3), True, "元旦")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("六、国庆节、中秋节：10月1日放假", "国庆节、中秋节"),
        ("2026-10-01 国庆节 休", "国庆节"),
        ("10月20日 秋季运动会 停课", "秋季运动会"),
        ("寒假 2026-01-23", "寒假"),
        ("放假时间：10月1日", ""),
        ("國慶節：10月1日放假", "國慶節"),
    ],
)
def test_a_day_is_called_what_the_line_calls_it(text: str, name: str) -> None:
    assert {each.note for each in read(text, 2026).days} == {name}


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("鼓励各单位安排职工在除夕（2月16日）休息。", Doubt.ADVICE),
        ("10月1日 国庆节", Doubt.NO_VERDICT),
        ("校庆放假一天", Doubt.NO_DAY),
        ("2月30日放假", Doubt.IMPOSSIBLE),
        ("10月7日至1日放假", Doubt.IMPOSSIBLE),
        ("10月1日至10月40日放假", Doubt.IMPOSSIBLE),
        ("1月1日至8月1日休", Doubt.TOO_LONG),
        ("7号放假", Doubt.NO_DAY),
        ("休" * 60_000, Doubt.TOO_LONG),
    ],
)
def test_what_is_not_understood_is_shown_and_not_taken(text: str, doubt: Doubt) -> None:
    reading = read(text, 2026)
    assert reading.days == ()
    assert doubts(reading) == [doubt]
    assert reading.remarks[0].text[:10] in text.replace("（", "(") or doubt is Doubt.TOO_LONG


def test_a_number_of_days_that_does_not_fit_is_noticed() -> None:
    reading = read("国庆节：10月1日至7日放假，共8天。", 2026)
    assert len(reading.days) == 7
    assert doubts(reading) == [Doubt.COUNT]


def test_a_day_that_is_said_to_be_closed_and_open_is_doubted() -> None:
    reading = read("10月10日休\n10月10日班", 2026)
    assert reading.doubtful == {date(2026, 10, 10)}


def test_a_class_is_not_a_working_day() -> None:
    assert doubts(read("10月1日 3-2班 秋游", 2026)) == [Doubt.NO_VERDICT]


words = st.sampled_from(
    [
        *("1月", "2月", "12月", "1日", "30日", "31日", "10月1日", "2026年", "0000年", "9999年12月31日", "2026-13-40"),
        *(
            "至",
            "~",
            "..",
            "、",
            "，",
            "。",
            "\n",
            "（周一）",
            "(四)",
            "放假",
            "上班",
            "休",
            "班",
            "调休",
            "共3天",
            "鼓励",
        ),
        *("一、", "元旦", "国庆节：", " ", "10/10", "10.1", "12月31日至1月2日", "农历", "１", "十", "二〇二六年"),
    ]
)
texts = st.lists(words | st.text(max_size=5), max_size=25).map("".join)


@given(texts, st.integers(2000, 2100))
def test_no_text_breaks_the_reading_and_no_day_is_of_a_year_that_was_not_said(text: str, year: int) -> None:
    reading = read(text, year)
    others = {each.text for each in reading.remarks if each.doubt is Doubt.OTHER_YEAR}
    assert {str(each.day.year) for each in reading.days} <= {str(year), *others}
    assert [each.day for each in reading.days] == sorted({each.day for each in reading.days})


@given(texts)
def test_a_text_with_anything_in_it_leads_to_a_day_or_a_remark(text: str) -> None:
    reading = read(text + "\n10月1日至", 2026)
    assert reading.days or reading.remarks


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(0, 20), st.booleans(), st.sampled_from("至~-—到"))
def test_a_range_in_words_is_the_range(first: date, length: int, year_too: bool, to: str) -> None:
    last = first + timedelta(days=length)
    end = f"{last.month}月{last.day}日" if (last.month, last.year) != (first.month, first.year) else f"{last.day}日"
    start = f"{first.year}年{first.month}月{first.day}日" if year_too else f"{first.month}月{first.day}日"
    reading = read(f"校庆：{start}{to}{end}放假，共{length + 1}天", first.year)
    assert [each.day for each in reading.days] == [first + timedelta(days=n) for n in range(length + 1)]
    assert all(doubt is Doubt.OTHER_YEAR for doubt in doubts(reading))
