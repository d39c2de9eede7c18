from django.apps import AppConfig


class MarketsConfig(AppConfig):
    """Odds, fair prices, signals and what became of them."""

    name = "markets"
    verbose_name = "Markets"
