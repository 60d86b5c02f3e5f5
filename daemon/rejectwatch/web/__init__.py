"""What a browser, Prometheus and a load balancer may ask: /metrics, /healthz, /readyz."""

from rejectwatch.web.server import Server

__all__ = ["Server"]
