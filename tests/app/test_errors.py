from __future__ import annotations

from app.errors import GuiseError, UnknownNameError


def test_an_error_reads_as_cause_and_way_out():
    error = GuiseError("The camera is busy.", "Close the other program.")
    assert (error.message, error.hint) == ("The camera is busy.", "Close the other program.")
    assert str(error) == "The camera is busy. Close the other program."


def test_an_error_without_a_hint_has_no_trailing_space():
    assert str(GuiseError("No.")) == "No."


def test_an_unknown_name_guesses_whatever_the_case():
    error = UnknownNameError("camera", "integrated webcan", ["Integrated Webcam", "OBS"])
    assert str(error) == (
        "There is no camera 'integrated webcan'. "
        "Did you mean 'Integrated Webcam'? Available: Integrated Webcam, OBS."
    )


def test_an_unknown_name_far_from_all_lists_them_without_a_guess():
    assert (
        str(UnknownNameError("engine", "zzz", iter(["rig"]))) == "There is no engine 'zzz'. Available: rig."
    )


def test_nothing_known_is_said():
    assert str(UnknownNameError("camera", "x", [])) == "There is no camera 'x'. No camera was found."
