"""What the desk asks of the stock when something is added to it: places, classes, titles, and copies by any number."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, select

from kiosk import memory, search
from kiosk.labels import CopyLabel, LabelRules, meanings
from kiosk.models import Copy, Place, SchoolClass, Title

_COPY: list[Any] = [
    *(Copy.id, Copy.label, Copy.accession, Copy.state, Copy.title_id),
    *(Title.title, Title.author, Place.name.label("place")),
]
_COPIES = select(*_COPY).join(Title, Title.id == Copy.title_id).join(Place, Place.id == Copy.place_id)


def places(connection: Connection) -> Sequence[Row[Any]]:
    """Where a copy may belong: id, name, kind; shelves first."""
    columns: list[Any] = [Place.id, Place.name, Place.kind]
    return connection.execute(select(*columns).order_by(Place.kind == "corner", Place.name)).all()


def usual_place(connection: Connection, title: int | None) -> int | None:
    """Where most copies of the title are; without one, where the latest copy was put."""
    if title is not None:
        count = select(Copy.place_id).where(Copy.title_id == title).group_by(Copy.place_id)
        if (found := connection.scalar(count.order_by(func.count().desc(), Copy.place_id).limit(1))) is not None:
            return found
    return connection.scalar(select(Copy.place_id).order_by(Copy.id.desc()).limit(1))


def classes(connection: Connection) -> Sequence[Row[Any]]:
    """The classes in their order: id, grade, number."""
    columns: list[Any] = [SchoolClass.id, SchoolClass.grade, SchoolClass.number]
    return connection.execute(select(*columns).order_by(SchoolClass.grade, SchoolClass.number)).all()


def title(connection: Connection, number: int) -> Row[Any] | None:
    """A title of the catalogue: id, title, author, isbn, class_number, kind, and how many `copies` it has."""
    copies = select(func.count()).where(Copy.title_id == Title.id, Copy.state != "withdrawn").scalar_subquery()
    columns: list[Any] = [Title.id, Title.title, Title.author, Title.isbn, Title.class_number, Title.kind]
    columns.append(copies.label("copies"))
    return connection.execute(select(*columns).where(Title.id == number)).first()


def copy(connection: Connection, number: int) -> Row[Any] | None:
    """One copy: id, label, accession, state, title_id, title, author, place."""
    return connection.execute(_COPIES.where(Copy.id == number)).first()


def copies_called(connection: Connection, words: str, rules: LabelRules, most: int = 12) -> Sequence[Row[Any]]:
    """The copies that somebody may mean by an old label, an accession number, or a title; told as `copy` tells one."""
    labels = (each for each in meanings(words, rules) if isinstance(each, CopyLabel))
    named = [found for each in labels if (found := memory.copy_of(connection, each)) is not None]
    numbers = select(Copy.id).where(Copy.accession == words.strip(), Copy.accession != "").limit(most)
    named += connection.scalars(numbers)
    query = _COPIES.where(Copy.state != "withdrawn").order_by(Copy.title_id, Copy.label).limit(most)
    if named:
        return connection.execute(query.where(Copy.id.in_(named))).all()
    titles = [each.id for each in search.find(connection, words, limit=4, rules=rules).titles]
    return connection.execute(query.where(Copy.title_id.in_(titles))).all() if titles else []
