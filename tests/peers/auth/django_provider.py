"""Serves django-oauth-toolkit on loopback: python django_provider.py PORT SECRET. Needs oauthlib below 4."""

from __future__ import annotations

import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

PORT, SECRET = int(sys.argv[1]), sys.argv[2]
BASE = f"http://localhost:{PORT}"

settings.configure(
    SECRET_KEY="only-for-tests-" * 4,
    ALLOWED_HOSTS=["localhost"],
    ROOT_URLCONF="django_provider",
    USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": sys.argv[3]}},
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "oauth2_provider",
    ],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                ]
            },
        }
    ],
    LOGIN_URL="/login/",
    PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # slow ones are for real secrets
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    OAUTH2_PROVIDER={
        "PKCE_REQUIRED": True,
        "ROTATE_REFRESH_TOKEN": True,
        "REFRESH_TOKEN_REUSE_PROTECTION": True,
        "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
        "SCOPES": {"all": "everything"},
        "DEFAULT_SCOPES": ["all"],
        "ALLOWED_REDIRECT_URI_SCHEMES": ["http"],
        "OAUTH_DEVICE_VERIFICATION_URI": f"{BASE}/o/device/",
        "DEVICE_FLOW_INTERVAL": 1,
    },
)
sys.modules["django_provider"] = sys.modules["__main__"]
django.setup()

from django.contrib.auth import login  # noqa: E402 - Django wants its settings first
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import HttpRequest, HttpResponseRedirect  # noqa: E402
from django.urls import include, path  # noqa: E402
from oauth2_provider import urls as provider_urls  # noqa: E402
from oauth2_provider.models import get_application_model  # noqa: E402


def log_in(request: HttpRequest) -> HttpResponseRedirect:
    """Log anybody in, without a page."""
    user, _ = User.objects.get_or_create(username="someone")
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return HttpResponseRedirect(request.GET.get("next", "/"))


urlpatterns = [
    path("", include(provider_urls.metadata_urlpatterns)),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("login/", log_in),
]


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Say nothing."""


def main() -> None:
    call_command("migrate", verbosity=0)
    application = get_application_model()
    common = {"redirect_uris": "http://127.0.0.1/callback"}
    application.objects.create(
        client_id="people",
        client_type=application.CLIENT_PUBLIC,
        authorization_grant_type=application.GRANT_AUTHORIZATION_CODE,
        client_secret="",
        **common,
    )
    application.objects.create(
        client_id="devices",
        client_type=application.CLIENT_PUBLIC,
        authorization_grant_type=application.GRANT_DEVICE_CODE,
        client_secret="",
    )
    application.objects.create(
        client_id="pro:gram",
        client_type=application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=application.GRANT_CLIENT_CREDENTIALS,
        client_secret=SECRET,
    )
    server = make_server("127.0.0.1", PORT, get_wsgi_application(), Server, Quiet)
    print("listening", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
