from django.apps import AppConfig


class StakeConfig(AppConfig):
    name = "stake"
    verbose_name = "Stake"
