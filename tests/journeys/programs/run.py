"""What the journeys in Python share: the host, and a place for what differs from run to run."""

BASE = "https://depot.example"


def say(*words):
    print(*words, flush=True)


def differs(*values):
    """Notes what no two runs may share; the test looks whether they did."""
    with open("differs", "a") as file:
        for value in values:
            print(value, file=file)
