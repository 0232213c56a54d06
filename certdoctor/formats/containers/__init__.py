"""Containers of keys and certificates: PKCS#7, PKCS#12, Java key stores, the Windows registry."""
