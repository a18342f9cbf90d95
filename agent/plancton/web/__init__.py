"""The HTTP server: metrics, health, status and a landing page, on TCP and on the control socket."""
