from pathlib import Path

import pytest

from documents.paper import fonts
from documents.paper.fonts import CHAINS, Library, MissingGlyph, NoFonts, Role, default_directories, face_for, library

UNASSIGNED = "\U0003fffd"


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_face_for_a_common_name(role):
    assert face_for("欧阳建国", role).names == library().chain(role)[0].names


def test_a_rare_character_takes_the_whole_name_into_one_face():
    assert library().chain(Role.FANG)[0].names == ("FandolFang-Regular",)

    face = face_for("李\U00020bb7祥", Role.FANG)

    assert len(face.parts) == 1
    assert all(map(face.covers, "李\U00020bb7祥"))


def test_a_name_no_face_has_whole_is_filled_in_from_others():
    rare = next(
        chr(point)
        for point in range(0x20000, 0x2A6D0)
        if library().files["HanaMinB"].covers(chr(point))
        and not library().files["NotoSerifCJKsc-Regular"].covers(chr(point))
    )

    face = face_for(f"王{rare}", Role.SONG)

    assert face.names == ("HanaMinA", "HanaMinB")


def test_the_yuan_sign_is_never_drawn_by_a_face_that_draws_a_dollar():
    assert "FandolFang-Regular" not in face_for("￥20000", Role.FANG).names


def test_a_missing_glyph_names_character_and_code_point():
    with pytest.raises(MissingGlyph, match=r"“\U0003fffd”（U\+3FFFD）没有可用字体"):
        fonts.require(f"王{UNASSIGNED}", Role.KAI)


def test_missing_characters_are_listed_once_and_in_order():
    assert fonts.missing(f"王{UNASSIGNED}芳\uefff{UNASSIGNED}") == [UNASSIGNED, "\uefff"]


@pytest.mark.parametrize(
    "text", ["", " \u3000\xa0", "\u200b\ufe0f", "\n\t"], ids=["empty", "spaces", "joiners", "breaks"]
)
def test_what_draws_nothing_needs_no_glyph(text):
    assert fonts.missing(text) == []


def test_control_and_direction_marks_are_taken_out_of_text():
    assert fonts.printable("王\u202e芳\x00\n\u200b李") == "王芳\n李"


def test_without_fonts_the_error_says_what_to_run(tmp_path):
    with pytest.raises(NoFonts, match=r"scripts/setup\.sh"):
        Library([tmp_path]).chain(Role.SONG)


def test_a_file_that_is_no_font_is_passed_over(tmp_path):
    (tmp_path / "broken.ttf").write_bytes(b"not a font")

    assert Library([tmp_path]).files == {}


def test_a_licensed_face_of_the_union_comes_before_the_system_s(monkeypatch):
    directories = default_directories({"FONT_DIRS": "/srv/faces,/srv/more", "VAR_DIR": "/srv/var"})

    assert directories[:3] == (Path("/srv/faces"), Path("/srv/more"), Path("/srv/var/fonts"))


def test_a_cut_face_holds_nothing_but_what_was_asked():
    file = library().files["NotoSerifCJKsc-Regular"]

    cut = file.cut("王芳")

    assert len(cut) < 10_000 < file.path.stat().st_size


@pytest.mark.parametrize("role", Role)
def test_every_role_can_set_every_rare_character_that_any_face_has(role):
    rare = set(CHAINS[role]) >= {("HanaMinA", "HanaMinB"), ("LXGWWenKai-Regular",), ("DejaVuSans",)}

    assert rare
