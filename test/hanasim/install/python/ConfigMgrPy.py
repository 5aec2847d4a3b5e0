"""A stand-in for SAP HANA's module of that name."""
import os


def sapgparam(name):
    """Returns a profile parameter; providers ask for SAPSYSTEM, the instance number."""
    return os.environ.get(name, "")
