"""Loads the provider as HANA does, and calls it as the test on standard input says.

One JSON object a line.  In: {"provider": name, "base": {...}, "config": {...}, "constants": {...}, "fork": bool}
first, where base are attributes of the class that every provider inherits; then {"id": n, "event": {...}} or
{"id": n, "takeover": [arguments], "named": {...}}, each in a thread of its own as HANA's services are, or
{"chdir": folder}.  With "ordered" the next line is read when the provider has taken note of the event.  Out: trace lines, and {"id": n, "result": r,
"seconds": s} at the end of each call.
"""
import json
import os
import sys
import threading
import time

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [here, sys.argv[1]]

from hdb_ha_dr import client  # noqa: E402

clock = getattr(time, "monotonic", time.time)
out = threading.Lock()


def say(word):
    text = json.dumps(word) + "\n"
    with out:
        sys.stdout.write(text)
        sys.stdout.flush()


def call(provider, order):
    began = clock()
    word = {"id": order["id"]}
    try:
        if "takeover" in order:
            word["result"] = provider.preTakeover(*order["takeover"], **(order["named"] or {}))
        else:
            word["result"] = provider.srConnectionChanged(order["event"])
    except BaseException as problem:
        word["exception"] = repr(problem)
    word["seconds"] = clock() - began
    say(word)


def events(provider):
    if not hasattr(provider, "sites"):
        return 0
    with provider.lock:
        return sum(site.number for site in provider.sites.values())


def main():
    client.SAY = say
    start = json.loads(sys.stdin.readline())
    if start["fork"] and hasattr(os, "posix_spawnp"):
        del os.posix_spawnp
    for name, value in start["base"].items():
        setattr(client.HADRBase, name, value)
    module = __import__(start["provider"])
    for name, value in start["constants"].items():
        setattr(module, name, value)
    provider = getattr(module, start["provider"])(start["config"])
    say({"about": provider.about()})
    for line in iter(sys.stdin.readline, ""):
        order = json.loads(line)
        if "chdir" in order:
            os.chdir(order["chdir"])
            continue
        before = events(provider)
        thread = threading.Thread(target=call, args=(provider, order))
        thread.start()
        while order.get("ordered") and thread.is_alive() and events(provider) == before:
            time.sleep(0.001)


main()
