"""Remedies on the client's side: settings, files, trust stores."""
