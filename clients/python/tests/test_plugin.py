"""The plugin, run by pytest in a process of its own."""

from conftest import cassettes

TWO = """
    import requests

    def test_first(testimony):
        assert requests.get(testimony.url + "/first").json() == {"path": "/first", "times": 1}
        assert requests.get(testimony.url + "/first").json()["times"] == 2

    def test_second(testimony):
        assert requests.get(testimony.url + "/second?b=1&a=2").json()["path"] == "/second?b=1&a=2"
"""


def run(project, *arguments):
    return project.runpytest_subprocess(*arguments)


def test_what_is_missing_is_recorded_and_then_replayed(project, api, monkeypatch):
    project.makepyfile(test_two=TWO)
    run(project).assert_outcomes(passed=2)
    assert cassettes(project) == ["test_two.py%3A%3Atest_first.cassette", "test_two.py%3A%3Atest_second.cassette"]
    assert api.counts == {"/first": 2, "/second?b=1&a=2": 1}
    monkeypatch.setenv("CI", "true")
    run(project).assert_outcomes(passed=2)
    run(project, "-p", "no:randomly", "test_two.py::test_second", "test_two.py::test_first").assert_outcomes(passed=2)
    assert api.counts == {"/first": 2, "/second?b=1&a=2": 1}


def test_in_ci_nothing_is_recorded(project, api, monkeypatch):
    project.makepyfile(test_two=TWO)
    monkeypatch.setenv("CI", "1")
    result = run(project)
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*no recording of session `test_two.py::test_first`, and none is made in CI", "hint: run the test*"])
    assert cassettes(project) == [] and api.counts == {}
    monkeypatch.setenv("CI", "false")
    run(project).assert_outcomes(passed=2)


def test_the_mode_says_when(project, api, monkeypatch):
    project.makepyfile(test_two=TWO)
    result = run(project, "--testimony=replay")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*none is made in mode `replay`", "hint: `--testimony=auto` records*"])
    run(project, "--testimony=record").assert_outcomes(passed=2)
    api.counts.clear()
    monkeypatch.setenv("CI", "true")
    run(project, "--testimony=record").assert_outcomes(passed=2)
    assert api.counts["/first"] == 2
    monkeypatch.setenv("TESTIMONY_MODE", "reply")
    run(project).stdout.fnmatch_lines(["*`reply` is no mode", "hint: *"])


def test_a_miss_fails_the_test_that_made_it_and_no_other(project):
    project.makepyfile(test_two=TWO)
    run(project).assert_outcomes(passed=2)
    project.makepyfile(test_two=TWO.replace('"/first").json()["times"] == 2', '"/frist").status_code == 477'))
    result = run(project)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*testimony: *test_first.cassette: 1 request is not recorded", "miss: GET */frist*", "hint: *"])


def test_a_test_that_fails_itself_shows_its_miss(project):
    project.makepyfile(test_two=TWO)
    run(project).assert_outcomes(passed=2)
    project.makepyfile(test_two=TWO.replace('url + "/second?b=1', 'url + "/second?b=7'))
    result = run(project)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*Captured testimony call*", "*1 request is not recorded", "miss: GET *"])


def test_a_miss_in_a_teardown_is_an_error(project):
    code = """
        import pytest, requests

        @pytest.fixture
        def thing(testimony):
            yield requests.get(testimony.url + "/made").json()
            requests.get(testimony.url + "/GONE")

        def test_thing(thing):
            assert thing["times"] == 1
    """
    project.makepyfile(test_thing=code.replace("GONE", "gone"))
    run(project).assert_outcomes(passed=1)
    run(project, "--testimony=replay").assert_outcomes(passed=1)
    project.makepyfile(test_thing=code)
    result = run(project)
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*1 request is not recorded", "miss: GET */GONE*"])


def test_a_client_that_went_past_is_noticed(project):
    project.makepyfile(
        test_past="""
        import pytest

        def test_past(testimony):
            pass

        @pytest.mark.testimony(allow_idle=True)
        def test_idle():
            pass

        @pytest.mark.testimony
        def test_skipped():
            pytest.skip("not today")
        """
    )
    result = run(project)
    result.assert_outcomes(passed=1, failed=1, skipped=1)
    result.stdout.fnmatch_lines(["*no request came", "hint: does the client use*"])
    # What recorded nothing is recorded again, not replayed.
    project.makepyfile(test_past=PAST)
    run(project).assert_outcomes(passed=1)
    run(project, "--testimony=replay").assert_outcomes(passed=1)


PAST = """
    import pytest, requests

    @pytest.mark.testimony
    def test_skipped(testimony):
        assert requests.get(testimony.url + "/later").json()["path"] == "/later"
"""


def test_half_a_recording_is_put_aside(project):
    project.makepyfile(test_two=TWO.replace('["times"] == 2', '["times"] == 3'))
    run(project).assert_outcomes(passed=1, failed=1)
    assert cassettes(project) == ["test_two.py%3A%3Atest_first.cassette.failed", "test_two.py%3A%3Atest_second.cassette"]
    project.makepyfile(test_two=TWO.replace('"times": 1}', '"times": 3}').replace('["times"] == 2', '["times"] == 4'))
    run(project).assert_outcomes(passed=2)


def test_a_cassette_by_name_is_shared(project, api):
    project.makepyfile(
        test_named="""
        import pytest, requests

        @pytest.mark.testimony(cassette="shared/list.cassette", all_used=True)
        @pytest.mark.parametrize("number", [1, 2])
        def test_list(testimony, number):
            assert requests.get(testimony.url + "/list").json()["times"] == 1
        """
    )
    run(project, "-k", "1").assert_outcomes(passed=1, deselected=1)
    run(project, "--testimony=replay").assert_outcomes(passed=2)
    assert api.counts == {"/list": 1}


def test_clients_are_led_by_the_environment(project, api):
    """By proxy, the host that is asked for is the API's own."""
    project.makepyfile(
        test_led="""
        import asyncio, os, urllib.request
        import aiohttp, httpx, requests

        API = os.environ["API"]
        BEFORE = dict(os.environ, PYTEST_CURRENT_TEST="")

        def test_requests(testimony):
            assert requests.get(API + "/requests").json()["path"] == "/requests"

        def test_httpx(testimony):
            assert httpx.get(API + "/httpx", timeout=300).json()["path"] == "/httpx"

        def test_httpx_async(testimony):
            async def get():
                async with httpx.AsyncClient(timeout=300) as client:
                    return await asyncio.gather(*(client.get(f"{API}/httpx/{n}") for n in range(5)))
            assert [answer.json()["path"] for answer in asyncio.run(get())] == [f"/httpx/{n}" for n in range(5)]

        def test_aiohttp(testimony):
            async def get():
                async with aiohttp.ClientSession(trust_env=True) as session:
                    async with session.get(API + "/aiohttp") as answer:
                        return await answer.json()
            assert asyncio.run(get())["path"] == "/aiohttp"

        def test_urllib(testimony):
            with urllib.request.urlopen(API + "/urllib") as answer:
                assert answer.status == 200

        def test_nothing_is_left():
            assert dict(os.environ, PYTEST_CURRENT_TEST="") == BEFORE
        """
    )
    run(project).assert_outcomes(passed=6)
    asked = dict(api.counts)
    assert sum(asked.values()) == 9
    run(project, "--testimony=replay").assert_outcomes(passed=6)
    assert api.counts == asked


def test_workers_have_servers_of_their_own(project, api):
    project.makepyfile(
        test_many="""
        import pytest, requests

        @pytest.mark.parametrize("number", range(24))
        def test_many(testimony, number):
            for times in (1, 2, 3):
                assert requests.get(f"{testimony.url}/many/{number}").json()["times"] == times
        """
    )
    run(project, "-n", "3").assert_outcomes(passed=24)
    run(project, "-n", "3", "--testimony=replay").assert_outcomes(passed=24)
    assert sum(api.counts.values()) == 72


def test_a_binary_that_is_missing_is_said(project, monkeypatch):
    project.makepyfile(test_two=TWO)
    result = run(project, "--testimony-bin", "/nowhere/testimony")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*`/nowhere/testimony` is no program", "hint: install it*"])


def test_a_server_that_does_not_start_says_why(project):
    project.makepyfile(test_two=TWO)
    result = run(project, "-o", "testimony_record_args=--secret-env NOT_SET_AT_ALL")
    result.assert_outcomes(errors=2)
    result.stdout.fnmatch_lines(["*did not start: error: *NOT_SET_AT_ALL*"])
