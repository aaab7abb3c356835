"""What a person's own commands may look like: tells and kills the process of a probe file.

``python process.py FILE pid`` prints the pid of whoever was ready last, if it lives; ``python
process.py FILE kill SIGNAL`` signals it.
"""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    file, act, *number = sys.argv[1:]
    lines = [line for line in Path(file).read_text().splitlines() if "node-ready" in line]
    pid = json.loads(lines[-1])["detail"]["pid"]
    if act == "kill":
        os.kill(pid, int(number[0]))
    elif lives(pid):
        print(pid)


def lives(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


if __name__ == "__main__":
    main()
