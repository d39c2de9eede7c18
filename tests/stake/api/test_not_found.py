"""An address that nobody serves: JSON where programs ask, a page where people do."""

import pytest


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "is_json"),
    [
        ("/stake/bets/house:1%0A2", True),
        ("/stake/session/x/y/z", True),
        ("/stake/bet/a/b", True),
        ("/stake/balance/of", True),
        ("/stake/nothing", False),
        ("/stake/limits-of-nobody", False),
        ("/stake/betting", False),
    ],
)
def test_what_is_not_served(admin_client, path, is_json):
    answer = admin_client.get(path)
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("application/json" if is_json else "text/html")
