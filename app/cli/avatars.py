"""`guise avatars`: the library of pictures, without the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.console import complain, say, say_json, say_table
from app.cli.options import AsJson
from app.errors import GuiseError, UnknownNameError
from engines.errors import EngineError

if TYPE_CHECKING:
    from app.avatars.avatar_store import AvatarLibrary
    from app.avatars.entry import AvatarEntry
    from app.avatars.errors import SeveralFaces

commands = typer.Typer(
    help="List, add, rename and remove avatars.", no_args_is_help=False, rich_markup_mode=None
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The avatar's name or id.")]


@commands.command("list")
def list_avatars(as_json: AsJson = False) -> None:
    """List the avatars in the shelf's order."""
    entries = _library().list()
    if as_json:
        say_json([_card(each) for each in entries])
    elif entries:
        rows = [(each.id, each.name, each.style.value, _remark(each)) for each in entries]
        say_table(rows, ("ID", "NAME", "STYLE", ""))
    else:
        say("There are no avatars. Add one with `guise avatars add PICTURE`.")


@commands.command()
def show(name: Name, as_json: AsJson = False) -> None:
    """Show what is known of an avatar."""
    entry = _entry(_library(), name)
    if as_json:
        say_json(_card(entry))
        return
    rows = [
        ("name", entry.name),
        ("id", entry.id),
        ("style", entry.style.value),
        ("kind", "a character with networks of its own (THA 4)" if entry.character else "a picture"),
        ("remark", _remark(entry)),
        ("folder", str(entry.folder)),
    ]
    say_table([row for row in rows if row[1]])


@commands.command()
def add(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="PICTURE|CHARACTER...",
            help="Any picture with a face; or a THA 4 character, its folder or its character_model.yaml.",
        ),
    ],
    name: Annotated[
        str | None, typer.Option("--name", help="What to call it; the file's name if left out.")
    ] = None,
    face: Annotated[
        int | None, typer.Option("--face", min=1, help="Which face, where there are several.")
    ] = None,
) -> int:
    """Add pictures and characters; nothing in a file is run."""
    if len(sources) > 1 and (name is not None or face is not None):
        raise typer.BadParameter("they are for one picture at a time.", param_hint="--name, --face")
    library, failed = _library(), 0
    for source in sources:
        try:
            _add(library, source, name, face)
        except (GuiseError, EngineError) as error:
            if len(sources) == 1:
                raise
            complain(f"{source}: {error}")
            failed += 1
    return 1 if failed else 0


@commands.command()
def remove(name: Name) -> None:
    """Remove an avatar; a built-in one is hidden, and `restore` brings it back."""
    library = _library()
    entry = _entry(library, name)
    library.remove(entry.id)
    say(f"{'Hid' if entry.builtin else 'Removed'} '{entry.name}'.")


@commands.command()
def rename(name: Name, new_name: Annotated[str, typer.Argument(metavar="NEW_NAME")]) -> None:
    """Give an avatar another name."""
    library = _library()
    entry = library.rename(_entry(library, name).id, new_name)
    say(f"It is called '{entry.name}' now.")


@commands.command()
def restore() -> None:
    """Bring back the built-in avatars that were removed."""
    _library().restore()
    say("All built-in avatars are back.")


def _add(library: AvatarLibrary, source: Path, name: str | None, face: int | None) -> None:
    """Add one, and say so."""
    from app.avatars.character import LICENCE_NOTE
    from app.avatars.errors import SeveralFaces

    try:
        entry = library.add(source, name, None if face is None else face - 1)
    except SeveralFaces as error:
        raise GuiseError(error.message, f"Choose one: {_choices(error)}.") from error
    say(f"Added '{entry.name}' ({entry.id}){', a character' if entry.character else ''}.")
    if entry.character:
        say(LICENCE_NOTE)
    for note in entry.notes:
        say(note)


def _library() -> AvatarLibrary:
    from app.avatars.avatar_store import AvatarLibrary
    from app.paths import user_paths

    return AvatarLibrary(user_paths())


def _entry(library: AvatarLibrary, name: str) -> AvatarEntry:
    """Return the entry of that id or name; never a file's."""
    entries = library.list()
    for entry in entries:
        if name.casefold() in (entry.id.casefold(), entry.name.casefold()):
            return entry
    raise UnknownNameError("avatar", name, [entry.name for entry in entries])


def _remark(entry: AvatarEntry) -> str:
    if entry.needs_landmarks:
        return "needs its landmarks placed in the window"
    remarks = (
        ("built in", entry.builtin),
        ("character", entry.character),
        ("face guessed", entry.face_guessed),
        ("a hand before the face", entry.hand_before_face),
    )
    return ", ".join(remark for remark, holds in remarks if holds)


def _card(entry: AvatarEntry) -> dict[str, object]:
    return {
        "id": entry.id,
        "name": entry.name,
        "style": entry.style.value,
        "builtin": entry.builtin,
        "character": entry.character,
        "face_guessed": entry.face_guessed,
        "hand_before_face": entry.hand_before_face,
        "needs_landmarks": entry.needs_landmarks,
        "thumbnail": str(entry.thumbnail),
    }


def _choices(error: SeveralFaces) -> str:
    """Return "--face 1 (20 % from the left), ..." for the faces in a picture."""
    width = error.picture.rgb.shape[1]
    places = (float(face.landmarks[:, 0].mean()) / width for face in error.faces)
    return ", ".join(f"--face {n} ({place:.0%} from the left)" for n, place in enumerate(places, 1))
