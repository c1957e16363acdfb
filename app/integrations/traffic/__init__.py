"""Who may be called now: limits and breakers that all workers share in Redis, and alone without it."""

from app.integrations.traffic.asking import Answer, Asker, Outlook, Why
from app.integrations.traffic.berths import Berths
from app.integrations.traffic.shared import SharedTraffic, Tempo
from app.integrations.traffic.single import SingleTraffic
from app.integrations.traffic.traffic import Traffic

__all__ = [
    "Answer", "Asker", "Berths", "Outlook", "SharedTraffic", "SingleTraffic", "Tempo", "Traffic", "Why",
]  # fmt: skip
