"""A stand-in for the package of that name in SAP HANA's Python."""
