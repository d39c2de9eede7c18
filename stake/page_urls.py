"""Addresses of the pages of `stake` and their parts. The JSON addresses, tried first, are in `stake.urls`."""

from django.urls import path

from stake.views import betting, overview, rotation, sessions

# Not <uuid:…>: a malformed name gets our 404 page with a way back, like an unknown one.
SESSION = "stake/sessions/<str:session_id>"

urlpatterns = [
    path("stake", overview.overview, name="stake"),
    path("stake/try", overview.try_it, name="stake_try"),
    path("stake/offer", overview.offer, name="stake_offer"),
    path("stake/stop-betting", overview.stop_betting, name="stake_stop_betting"),
    path("stake/limits-of-all", sessions.all_limits, name="stake_limits"),
    path("stake/limits-of-all/set", sessions.set_all_limits, name="stake_limits_set"),
    path("stake/limits-of-all/pause", sessions.begin_pause_of_all, name="stake_pause_all"),
    path("stake/sessions/new", sessions.new, name="stake_session_new"),
    path(SESSION, sessions.detail, name="stake_session"),
    path(f"{SESSION}/edit", sessions.edit, name="stake_session_edit"),
    path(f"{SESSION}/remove", sessions.remove, name="stake_session_remove"),
    path(f"{SESSION}/verify", sessions.verify, name="stake_session_verify"),
    path(f"{SESSION}/live", sessions.live, name="stake_session_live"),
    path(f"{SESSION}/limits", sessions.set_limits, name="stake_session_limits"),
    path(f"{SESSION}/pause", sessions.begin_pause, name="stake_session_pause"),
    path(f"{SESSION}/deposit", sessions.deposit, name="stake_session_deposit"),
    path(f"{SESSION}/import", sessions.import_history, name="stake_session_import"),
    path(f"{SESSION}/look-again", overview.look_again, name="stake_look_again"),
    path(f"{SESSION}/balances", betting.refresh_balances, name="stake_balances"),
    path(f"{SESSION}/bet", betting.bet, name="stake_bet"),
    path(f"{SESSION}/rotate", rotation.rotate, name="stake_rotate"),
    path("stake/seed-rotations/<str:rotation_id>", rotation.rotation, name="stake_rotation"),
    path("stake/intents/<str:intent_id>", overview.intent, name="stake_intent"),
    path("stake/intents/<str:intent_id>/decide", overview.decide, name="stake_intent_decide"),
    path("stake/deposits/<str:deposit_id>/decide", overview.decide_deposit, name="stake_deposit_decide"),
    path("stake/panel", betting.panel, name="stake_panel"),
    path("stake/options", betting.options, name="stake_options"),
    path("stake/prospects", betting.prospects, name="stake_prospects"),
    path("stake/pending", betting.pending, name="stake_pending"),
]
