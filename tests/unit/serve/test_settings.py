"""Settings by arguments and by the environment."""

import pytest

from samescale.errors import SpecError
from samescale.serve import Settings


def test_the_environment_gives_values_of_each_type():
    found = Settings.from_env(
        {
            "SAMESCALE_SERVE_HOST": "0.0.0.0",
            "SAMESCALE_SERVE_PORT": "9000",
            "SAMESCALE_SERVE_BODY_SECONDS": "2.5",
            "SAMESCALE_SERVE_ACCESS_LOG": "true",
            "HOME": "/root",
        }
    )
    assert found == Settings(host="0.0.0.0", port=9000, body_seconds=2.5, access_log=True)


def test_an_empty_environment_gives_the_defaults_which_listen_on_this_machine_only():
    assert Settings.from_env({}) == Settings()
    assert Settings().host == "127.0.0.1"


def test_a_misspelt_setting_is_refused_with_the_nearest():
    with pytest.raises(SpecError, match=r"SAMESCALE_SERVE_PROT.*Did you mean SAMESCALE_SERVE_PORT"):
        Settings.from_env({"SAMESCALE_SERVE_PROT": "9000"})


@pytest.mark.parametrize(
    ("name", "text"), [("PORT", "http"), ("BODY_SECONDS", "soon"), ("ACCESS_LOG", "maybe")]
)
def test_a_value_of_another_type_is_refused(name, text):
    with pytest.raises(SpecError, match=f"{name} is '{text}'"):
        Settings.from_env({f"SAMESCALE_SERVE_{name}": text})


def test_a_limit_below_nought_is_refused():
    with pytest.raises(SpecError, match="max_rows is -1"):
        Settings(max_rows=-1)
