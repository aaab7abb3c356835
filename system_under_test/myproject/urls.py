"""Addresses of the site: the shop, the admin, and their style sheets."""

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path, re_path

urlpatterns = [
    path("admin/", admin.site.urls),
    # Served from here, not by a web server in front: this shop runs on a test bench.
    re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}),
    path("", include("myapp.urls")),
]
