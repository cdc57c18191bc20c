"""Finding a reader whose card is forgotten, and a reader's photograph."""

from flask import Response, abort, request, send_file

from kiosk import photos, reader_search
from web.librarian.classes import class_name
from web.librarian.door import bp, house, render


@bp.get("/readers")
def readers() -> str:
    """The page on which to find a reader: by name, pinyin, card or class."""
    return render("librarian/readers.html", **_found())


@bp.get("/readers/list")
def readers_list() -> str:
    """The readers for what stands in the field."""
    return render("librarian/readers_list.html", **_found())


@bp.get("/readers/<int:reader>/photo")
def readers_photo(reader: int) -> Response:
    """The reader's photograph, for whoever is signed in here."""
    with house().database.reading() as connection:
        found = reader_search.of(connection, reader)
    photo = photos.photo_of(photos.folder(house().config), found.card) if found else None
    if photo is None:
        abort(404)
    return send_file(photo, mimetype=photos.KINDS[photo.suffix], max_age=0, etag=True)


def _found() -> dict[str, object]:
    query = request.args.get("q", "")[: reader_search.LONGEST]
    with house().database.reading() as connection:
        found = reader_search.find(connection, query)
    return {"q": query, "found": found, "class_name": class_name}
