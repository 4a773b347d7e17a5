"""A library on Django REST Framework, with the document that drf-spectacular makes of it. Prints its port first."""

import sys
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from socketserver import ThreadingMixIn

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="not-a-secret",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", "drf_spectacular"],
    REST_FRAMEWORK={
        "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
        "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.LimitOffsetPagination",
        "PAGE_SIZE": 20,
    },
    SPECTACULAR_SETTINGS={"TITLE": "Library", "VERSION": "1.0"},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    USE_TZ=True,
)
django.setup()

from django.core.validators import MaxValueValidator, MinValueValidator  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from drf_spectacular.views import SpectacularAPIView  # noqa: E402
from rest_framework import routers, serializers, viewsets  # noqa: E402


class Author(models.Model):
    name = models.CharField(max_length=40, unique=True)
    email = models.EmailField(blank=True)

    class Meta:
        app_label = "library"
        ordering = ["id"]


class Book(models.Model):
    title = models.CharField(max_length=60)
    author = models.ForeignKey(Author, on_delete=models.DO_NOTHING, db_constraint=False)
    pages = models.IntegerField(validators=[MinValueValidator(1), MaxValueValidator(5000)])
    published = models.DateField(null=True, blank=True)
    kind = models.CharField(max_length=8, choices=[("novel", "Novel"), ("essay", "Essay")], default="novel")
    price = models.DecimalField(max_digits=6, decimal_places=2, default=0)

    class Meta:
        app_label = "library"
        ordering = ["id"]


class AuthorSerializer(serializers.ModelSerializer):
    class Meta:
        model = Author
        fields = "__all__"


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = "__all__"


class Authors(viewsets.ModelViewSet):
    queryset = Author.objects.all()
    serializer_class = AuthorSerializer


class Books(viewsets.ModelViewSet):
    queryset = Book.objects.all()
    serializer_class = BookSerializer


router = routers.DefaultRouter()
router.register("authors", Authors)
router.register("books", Books)
LOG = []


def left(_):
    return JsonResponse([*Author.objects.values_list("id", flat=True), *Book.objects.values_list("id", flat=True)], safe=False)


urlpatterns = [
    path("api/", include(router.urls)),
    path("schema/", SpectacularAPIView.as_view()),
    path("__left", left),
    path("__log", lambda _: JsonResponse(LOG, safe=False)),
]

with connection.schema_editor() as editor:
    from django.contrib.auth.models import Group, Permission, User
    from django.contrib.contenttypes.models import ContentType

    for model in (ContentType, Permission, Group, User, Author, Book):
        editor.create_model(model)

from django.core.wsgi import get_wsgi_application  # noqa: E402

application = get_wsgi_application()


def logged(environ, start):
    if not environ["PATH_INFO"].startswith("/__"):
        LOG.append(f"{environ['REQUEST_METHOD']} {environ['PATH_INFO']}")
    return application(environ, start)


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


with make_server("127.0.0.1", 0, logged, handler_class=Quiet) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
