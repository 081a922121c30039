"""What Django does in a database with an installation in the schema tasker; models and migration come from docs/orms.md.

    django_check.py FOLDER            models with managed = False, migrations, a test database
    django_check.py FOLDER careless   the same models without it
"""

import io
import os
import pathlib
import sys

import django
from django.conf import settings
from django.core.management import call_command

folder, careless = pathlib.Path(sys.argv[1]), sys.argv[2:] == ["careless"]
sys.path.insert(0, str(folder))
models = (folder / "models.py").read_text(encoding="utf-8")
if careless:
    models = models.replace("managed = False", "managed = True")
for app, file, text in (
    ("install", "migrations/0001_initial.py", (folder / "migration.py").read_text(encoding="utf-8")),
    ("shop", "models.py", models),
):
    (folder / app / "migrations").mkdir(parents=True, exist_ok=True)
    (folder / app / "__init__.py").touch()
    (folder / app / "migrations" / "__init__.py").touch()
    (folder / app / file).write_text(text, encoding="utf-8")

settings.configure(
    USE_TZ=True,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["install", "shop"],
    DATABASES={"default": {
        "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["PGDATABASE"], "HOST": os.environ["PGHOST"],
        "PORT": os.environ["PGPORT"], "USER": os.environ["PGUSER"],
    }},
)
django.setup()
from django.db import connection  # noqa: E402  (needs the settings)


def said(*command, **options):
    output = io.StringIO()
    call_command(*command, stdout=output, **options)
    return output.getvalue()


def one(sql):
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def check(title, right, found=""):
    if not right:
        raise SystemExit(f"not ok Django {title}: {found}")
    print(f"ok Django {title}")


said("makemigrations", "shop")
if careless:
    said("migrate")
    check("without managed = False: creates a second tasker_tasks, which hides ours",
          one("SELECT 'tasker_tasks'::regclass = 'public.tasker_tasks'::regclass"))
    one("""SELECT count(*) FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "charge"}]}')""")
    task = one("SELECT task_id FROM tasker_create_task('order')")
    check("functions go on with ours", one(f"SELECT count(*) FROM tasker_task_context({task})") == 1
          and one("SELECT count(*) FROM tasker.tasker_tasks") == 1 and one("SELECT count(*) FROM public.tasker_tasks") == 0)
    sys.exit()

tables = "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'tasker'"
before = one(tables)
said("migrate")
said("makemigrations", check_changes=True)
check("migrates beside an installation", one(tables) == before and one("SELECT to_regclass('public.shop_order') IS NOT NULL"))
from shop.models import Order, Task  # noqa: E402

one("""SELECT count(*) FROM tasker_register_task('{"name": "order", "step_templates": [{"name": "charge"}]}')""")
task = one("""SELECT task_id FROM tasker_create_task('order', '{"cart": 7}')""")
order = Order.objects.select_related("task").get(pk=Order.objects.create(task_id=task).pk)
check("reads our table, times without a zone", order.task.context == {"cart": 7} and order.task.requested_at.tzinfo is None)
said("flush", interactive=False)
check("empties only its own tables", Task.objects.count() == 1 and Order.objects.count() == 0)
listed = said("inspectdb")
check("inspectdb lists our tables, unmanaged", listed.count("        managed = False") == listed.count("(models.Model)") > 30, listed)
connection.creation.create_test_db(verbosity=0)
check("installs in a test database", one("SELECT count(*) FROM tasker_find_tasks()") == 0 and one(tables) == before)
connection.creation.destroy_test_db(os.environ["PGDATABASE"], verbosity=0)
