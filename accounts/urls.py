"""Addresses of signing in and of one's account."""

from django.contrib.auth.views import LogoutView
from django.urls import path

from accounts import views

urlpatterns = [
    path("login", views.login, name="login"),
    path("login/link", views.login_link, name="login_link"),
    path("logout", LogoutView.as_view(), name="logout"),
    path("account", views.account, name="account"),
]
