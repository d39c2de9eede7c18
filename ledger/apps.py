from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "ledger"
    verbose_name = "Ledger"

    def ready(self) -> None:
        from events import sources
        from ledger import wallet_events

        sources.register(wallet_events.WORD, wallet_events.SOURCE)
