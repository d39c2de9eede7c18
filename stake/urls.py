"""The addresses below /stake: JSON for programs, and pages for people."""

from django.urls import include, path

from stake.api import account, bets, sessions

urlpatterns = [
    path("stake/session", sessions.session_list, name="stake_api_sessions"),
    path("stake/session/<str:session_id>", sessions.session, name="stake_api_session"),
    path("stake/session/<str:session_id>/verify", sessions.verify, name="stake_api_verify"),
    path("stake/session/<str:session_id>/live", sessions.live, name="stake_api_live"),
    path("stake/bet", bets.bets, name="stake_api_bets"),
    path("stake/bet/<str:intent_id>", bets.show_intent, name="stake_api_bet"),
    path("stake/bets/<path:name>", bets.look_up, name="stake_api_look_up"),
    path("stake/reconcile", bets.reconcile_session, name="stake_api_reconcile"),
    path("stake/import-history", bets.import_history, name="stake_api_import_history"),
    path("stake/rotate-seed", account.rotate_seed, name="stake_api_rotate"),
    path("stake/rotations", account.list_rotations, name="stake_api_rotations"),
    path("stake/balance", account.balance, name="stake_api_balance"),
    path("stake/vault", account.vault, name="stake_api_vault"),
    path("stake/limits", account.limit_list, name="stake_api_limits"),
    path("stake/pauses", account.begin_pause, name="stake_api_pauses"),
    path("stake/stop", account.betting_stop, name="stake_api_stop"),
    path("", include("stake.page_urls")),
]
