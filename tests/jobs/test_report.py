"""The report is one page that needs nothing else, says what the runs say, and works under hand, key and print."""
import csv
import json
import math
import os
import re
import shutil
import time

import program
from program import ISLANDS, STABILITY, archipelago, read

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
    from selenium.webdriver.common.action_chains import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
except ImportError:
    webdriver = None

PERIODS = (2030, 2040, 2050)
EVIL = 'harbour </script><script>window.harm=1</script> "east" & \'west\''
REGIONS = {"coast": (4.10, 54.20), "city": (4.21, 54.25), EVIL: (4.30, 54.12)}
TECHNOLOGIES = ("wind", "solar", "gas")


def write_csv(path, header, rows):
    with open(path, "w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(header)
        writer.writerows(rows)


def shape(technology, region, hour, period):
    """MW of a unit in an hour: any numbers will do, so long as each is another."""
    k = TECHNOLOGIES.index(technology) + 3 * list(REGIONS).index(region) + 7 * PERIODS.index(period)
    return round(5 + k + 4 * math.sin(hour / 24 * 2 * math.pi + k), 4)


class PlanFolder:
    """A solved plan as `archipelago plan` leaves it, written by hand: units in each region, a battery, three ties."""

    def __init__(self, path, policy="base", hours=24, scale=1.0, periods=PERIODS):
        self.path, self.policy, self.hours, self.scale, self.periods = path, policy, hours, scale, periods
        os.makedirs(path)
        self.index = [(p, f"{p}-06-{1 + h // 24:02d} {h % 24:02d}:00:00" if hours <= 700 else time.strftime(
            f"{p}-%m-%d %H:00:00", time.gmtime(3600 * h + 365 * 86400))) for p in periods for h in range(hours)]
        self.statistics = []
        self.units = [(f"{r} {t}", r, t) for r in REGIONS for t in TECHNOLOGIES]
        self.ties = [("coast-city", "coast", "city"), ("city-harbour", "city", EVIL), ("harbour-coast", EVIL, "coast")]
        self.write()

    def table(self, name, header, rows):
        write_csv(os.path.join(self.path, name), header, rows)

    def series(self, name, columns, value):
        self.table(name, ["period", "timestep"] + columns,
                   ([p, t] + [value(c, p, k % self.hours) for c in columns] for k, (p, t) in enumerate(self.index)))

    def flow(self, tie, period, hour):
        k = [t[0] for t in self.ties].index(tie)
        return round(self.scale * (6 + k) * math.sin(hour / 5 + k + period), 4)

    def power(self, unit, period, hour):
        _, region, technology = next(u for u in self.units if u[0] == unit)
        return round(self.scale * shape(technology, region, hour, period), 4)

    def write(self):
        self.table("network.csv", ["name"], [["hand-made"]])
        self.table("snapshots.csv", ["period", "timestep", "objective", "stores", "generators"],
                   [[p, t, 365, 365, 365] for p, t in self.index])
        self.table("investment_periods.csv", ["period", "objective", "years"], [[p, 8, 10] for p in self.periods])
        self.table("carriers.csv", ["name", "co2_emissions", "color"], [["wind", 0, "#112233"], ["solar", 0, "gold"],
                   ["gas", 0.2, "</style>"], ["battery", 0, ""], ["AC", 0, ""]])
        self.table("buses.csv", ["name", "x", "y", "carrier", "location"], [[r, x, y, "AC", r] for r, (x, y) in REGIONS.items()])
        self.table("generators.csv", ["name", "bus", "carrier", "p_nom", "p_nom_opt"], [[n, r, t, 0, 40] for n, r, t in self.units])
        self.series("generators-p.csv", [u[0] for u in self.units], self.power)
        self.table("storage_units.csv", ["name", "bus", "carrier", "p_nom", "p_nom_opt"], [["city battery", "city", "battery", 0, 5]])
        self.series("storage_units-p.csv", ["city battery"], lambda c, p, h: -2 if h % 24 < 12 else 2)
        self.series("storage_units-state_of_charge.csv", ["city battery"], lambda c, p, h: 2 * (12 - abs(h % 24 - 12)))
        self.table("loads.csv", ["name", "bus"], [[f"{r} load", r] for r in REGIONS])
        self.series("loads-p_set.csv", [f"{r} load" for r in REGIONS], lambda c, p, h: 20 + h % 24)
        self.series("loads-p.csv", [f"{r} load" for r in REGIONS], lambda c, p, h: 20 + h % 24)
        self.table("lines.csv", ["name", "bus0", "bus1", "x", "s_nom", "s_nom_opt"], [[n, a, b, 0.1, 12, 12] for n, a, b in self.ties])
        self.series("lines-p0.csv", [t[0] for t in self.ties], self.flow)
        self.series("lines-p1.csv", [t[0] for t in self.ties], lambda c, p, h: -self.flow(c, p, h))
        self.series("buses-marginal_price.csv", list(REGIONS), lambda c, p, h: 40 + h % 24 + (p - 2030) / 2)
        self.write_statistics()
        self.write_plan()

    def write_statistics(self):
        for p in self.periods:
            for _, region, technology in self.units:
                energy = 365 * sum(self.scale * shape(technology, region, h, p) for h in range(min(24, self.hours)))
                self.statistics += [("Optimal Capacity", technology, region, p, "MW", self.scale * (40 + p - 2030)),
                                    ("Supply", technology, region, p, "MWh", energy),
                                    ("Annual System Cost", technology, region, p, "EUR/a", 1e6 * self.scale)]
            for variable in ("Optimal Capacity", "Supply", "Annual System Cost"):
                for technology in TECHNOLOGIES:
                    rows = [r for r in self.statistics if r[0] == variable and r[1] == technology and r[3] == p and r[2]]
                    self.statistics.append((variable, technology, "", p, rows[0][4], sum(r[5] for r in rows)))
            self.statistics += [("Annual System Cost", "", "", p, "EUR/a", 9e6 * self.scale), ("Withdrawal", "battery", "", p, "MWh", 8760.0),
                                ("Emissions CO2", "", "", p, "t", 12345.0 * self.scale), ("Price Average", "AC", "", p, "EUR/MWh", 51.5),
                                ("Expected Energy Not Served", "", "", p, "MWh/a", 12.5), ("Expected Energy Not Served Standard Error", "", "", p, "MWh/a", 0.8)]
        self.statistics.append(("System Cost", "", "", "", "EUR", 123456789.0 * self.scale))
        self.table("statistics.csv", ["variable", "carrier", "region", "period", "unit", "value"], self.statistics)

    def write_plan(self):
        history = {"primal_residual": [10.0 ** -k for k in range(9)], "gap": [10.0 ** (2 - k) for k in range(9)], "objective": [1.0] * 9}
        with open(os.path.join(self.path, "plan.json"), "w", encoding="utf-8") as stream:
            json.dump({"kind": "plan", "status": "optimal", "study": "hand-made", "policy": self.policy, "currency": "EUR", "method": "interior-point",
                       "objective": 1e8 * self.scale, "objective_constant": 0.0, "iterations": 9, "variables": 100, "constraints": 120,
                       "prices": [{"name": "carbon cap", "type": "primal_energy", "period": 2040, "price": 73.25, "unit": "EUR/t"}],
                       "carbon_price": None, "notes": ["<b>a note</b>"], "history": history}, stream)

    def total(self, variable, carrier, region, period):
        return next(r[5] for r in self.statistics if r[:4] == (variable, carrier, region, period))


def installed():
    return webdriver and shutil.which("chromium") and shutil.which("chromedriver")


def open_browser(width=1280):
    options = Options()
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--window-size={width},900"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    try:
        browser = webdriver.Chrome(service=Service(shutil.which("chromedriver")), options=options)
    except Exception as error:
        raise AssertionError(f"chromium is installed but does not start here: {error}") from error
    set_width(browser, width)
    return browser


def set_width(browser, width):
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})


def data_of(path):
    page = read(path).decode()
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.S).group(1))


class Reports(program.Case):
    """One page of two plans and a run, made once."""
    @classmethod
    def setUpClass(cls):
        cls.case = cls("setUp")
        program.Case.setUp(cls.case)
        path = cls.case.path
        cls.base, cls.other = PlanFolder(path("base")), PlanFolder(path("cap"), policy="carbon cap", scale=1.25)
        result = archipelago("run", cls.case.study(extra=STABILITY, count=1, method="interior-point"), "-o", path("day"), timeout=300)
        assert result.code == 0, result.err
        os.makedirs(path("day", "trajectories"))
        result = archipelago("stability", os.path.join(os.path.dirname(ISLANDS), "six-bus.m"), "--fault", "bus=2,on=0.5,off=0.6", "--until", "1",
                             "-o", path("day", "trajectories", "fault at bus 2.nc"))
        assert result.code == 0, result.err
        shutil.copytree(path("day"), path("cap", "check", "2040 peak"))
        cls.runs = [path("base"), path("cap"), path("day")]
        cls.page = path("report.html")
        result = archipelago("report", *cls.runs, "-o", cls.page, "--title", EVIL)
        assert result.code == 0, result.err

    @classmethod
    def tearDownClass(cls):
        cls.case.doCleanups()

    def setUp(self):
        self.path = self.case.path


class Page(Reports):
    """Without a browser."""

    def test_same_bytes_for_the_same_runs_on_any_number_of_ranks(self):
        for ranks in (1, 2):
            result = archipelago("report", *self.runs, "-o", self.path("again.html"), "--title", EVIL, ranks=ranks)
            self.assertEqual(result.code, 0, result.err)
            self.assertEqual(read(self.page), read(self.path("again.html")))

    def test_nothing_is_loaded_and_no_name_ends_the_data(self):
        page = read(self.page).decode()
        self.assertIsNone(re.search(r'(src|href)="(?!#|data:)', re.sub(r'<script>.*?</script>', "", page, flags=re.S)))
        self.assertNotIn("@import", page)
        self.assertEqual(page.lower().count("</script"), page.lower().count("<script"))
        self.assertIn("Mike Bostock", page)
        data = data_of(self.page)
        self.assertEqual(data["title"], EVIL)
        self.assertIn(EVIL, data["runs"][0]["operation"]["regions"])

    def test_runs_are_called_by_policy(self):
        self.assertEqual([run["label"] for run in data_of(self.page)["runs"]], ["hand-made, base", "carbon cap", "small, base"])
        archipelago("report", self.runs[0], self.runs[0], "-o", self.path("twice.html"))
        self.assertEqual([run["label"] for run in data_of(self.path("twice.html"))["runs"]], ["base #1", "base #2"])

    def test_json_tells_where_the_page_lies(self):
        document = archipelago("report", self.runs[0], "-o", self.path("one.html"), "--json").json
        self.assertEqual(document["report"], self.path("one.html"))
        self.assertEqual(document["bytes"], os.path.getsize(self.path("one.html")))

    def test_five_runs_of_three_years_of_hours_stay_below_ten_megabytes(self):
        PlanFolder(self.path("year"), hours=8760)
        result = archipelago("report", *[self.path("year")] * 5, "-o", self.path("year.html"), timeout=120)
        self.assertEqual(result.code, 0, result.err)
        self.assertLess(os.path.getsize(self.path("year.html")), 10e6)
        shutil.rmtree(self.path("year"))

    def test_what_is_no_complete_run_is_one_line_and_writes_nothing(self):
        os.makedirs(self.path("nothing"))
        shutil.copytree(self.runs[2], self.path("unfinished"))
        os.remove(self.path("unfinished", "summary.json"))
        shutil.copytree(self.runs[0], self.path("infeasible"))
        plan = json.loads(read(self.path("infeasible", "plan.json")))
        with open(self.path("infeasible", "plan.json"), "w", encoding="utf-8") as stream:
            json.dump({**plan, "status": "infeasible"}, stream)
        shutil.copytree(self.runs[0], self.path("broken"))
        table = read(self.path("broken", "generators.csv")).decode().replace(",coast,", ",nowhere,")
        with open(self.path("broken", "generators.csv"), "w", encoding="utf-8") as stream:
            stream.write(table)
        for name, words in (("nothing", "found no plan.json and no summary.json"), ("unfinished", "not complete"),
                            ("infeasible", "infeasible"), ("broken", "generators.csv:2"), ("not-there", "found no plan.json")):
            result = archipelago("report", self.runs[0], self.path(name), "-o", self.path("bad.html"))
            self.assertEqual(result.code, 2, name)
            self.assertIn(words, result.err)
            self.assertEqual(len(result.err.strip().splitlines()), 1, result.err)
            self.assertFalse(os.path.exists(self.path("bad.html")))

    def test_output_that_cannot_be_written_is_one_line(self):
        for arguments, words in (([], "-o FILE"), (["-o", self.path("no", "such", "folder.html")], "folder.html"), (["-o", self.path()], self.path())):
            result = archipelago("report", self.runs[0], *arguments)
            self.assertEqual(result.code, 2)
            self.assertIn(words, result.err)
            self.assertEqual(len(result.err.strip().splitlines()), 1, result.err)
        self.assertEqual(archipelago("report", "-o", self.path("x.html")).code, 2)


class Browser(Reports):
    """In headless Chromium."""
    @classmethod
    def setUpClass(cls):
        if not installed():
            raise program.unittest.SkipTest("chromium, chromium-driver or python3-selenium is not installed")
        super().setUpClass()
        cls.browser = open_browser()

    @classmethod
    def tearDownClass(cls):
        cls.browser.quit()
        super().tearDownClass()

    def setUp(self):
        super().setUp()
        set_width(self.browser, 1280)
        self.browser.get("file://" + self.page)
        self.until("return document.querySelectorAll('#capacity rect.piece').length > 0")

    def until(self, script, seconds=20):
        end = time.time() + seconds
        while not self.browser.execute_script(script):
            self.assertLess(time.time(), end, "waited for: " + script)
            time.sleep(0.05)

    def js(self, script, *arguments):
        return self.browser.execute_script(script, *arguments)

    def find(self, selector):
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def press(self, button):
        self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", button)
        button.click()

    def choose(self, section, label, text):
        self.assertTrue(self.js("""const box = [...document.querySelectorAll('#' + arguments[0] + ' .choice')].find(c => c.querySelector('label').textContent === arguments[1]);
            const select = box.querySelector('select'), k = [...select.options].findIndex(o => o.textContent.includes(arguments[2]));
            if (k < 0) return false;
            select.selectedIndex = k; select.dispatchEvent(new Event('change')); return true;""", section, label, text), (section, label, text))

    def test_opens_without_errors_and_asks_the_network_for_nothing(self):
        self.assertEqual([e for e in self.browser.get_log("browser") if e["level"] in ("SEVERE", "WARNING")], [])
        asked = [json.loads(e["message"])["message"] for e in self.browser.get_log("performance")]
        urls = [m["params"]["request"]["url"] for m in asked if m["method"] == "Network.requestWillBeSent"]
        self.assertTrue(urls)
        self.assertEqual([u for u in urls if not u.startswith(("file://" + self.page, "data:"))], [])

    def test_every_section_is_there_with_a_drawing_or_a_table(self):
        ids = self.js("return [...document.querySelectorAll('section')].map(s => s.id)")
        self.assertEqual(ids, ["summary", "capacity", "generation", "costs", "differences", "prices", "dispatch", "duration", "map", "reliability",
                               "stability", "settlement", "ledger", "convergence", "notes"])
        self.assertEqual(self.js("return [...document.querySelectorAll('nav a')].map(a => a.hash.slice(1))"), ids)
        for name in ids[1:3] + ["dispatch", "duration", "map", "convergence"]:
            self.assertGreater(self.js("return document.querySelector('#' + arguments[0] + ' .figure svg').children.length", name), 0, name)

    def test_without_data_a_section_is_left_out(self):
        archipelago("report", self.runs[0], "-o", self.path("plan.html"))
        self.browser.get("file://" + self.path("plan.html"))
        ids = self.js("return [...document.querySelectorAll('section')].map(s => s.id)")
        for name in ("stability", "settlement", "ledger", "differences"):
            self.assertNotIn(name, ids)
        self.assertIn("capacity", ids)

    def bars(self, section):
        return self.js("""const svg = document.querySelector('#' + arguments[0] + ' .figure svg'), scale = Number(svg.dataset.pixelsPerUnit);
            return [...svg.querySelectorAll('rect.piece')].map(r => ({run: Number(r.dataset.run), period: r.dataset.period, name: r.dataset.name, value: Number(r.dataset.value),
              height: Number(r.getAttribute('height')) / scale, shown: r.getBoundingClientRect().height}));""", section)

    def test_bars_are_as_high_as_the_statistics_say(self):
        for section, variable in (("capacity", "Optimal Capacity"), ("generation", "Fed in"), ("generation", "Supply")):
            self.choose("generation", "Quantity", "Electricity" if variable == "Fed in" else "All carriers")
            pieces = [b for b in self.bars(section) if b["run"] < 2 and b["value"] > 0]
            if variable == "Fed in":  # added up from the hours
                pieces, variable = [b for b in pieces if b["name"] != "battery"], "Supply"
            self.assertEqual(len(pieces), 2 * len(PERIODS) * len(TECHNOLOGIES))
            for b in pieces:
                expected = (self.base, self.other)[b["run"]].total(variable, b["name"], "", int(b["period"]))
                self.assertAlmostEqual(b["value"] / expected, 1, 5)
                self.assertAlmostEqual(b["height"] / expected, 1, 5)
                self.assertGreater(b["shown"], 1)
        below = [b for b in self.bars("generation") if b["value"] < 0 and b["run"] < 2]
        self.assertEqual({b["name"] for b in below}, {"battery"})
        for b in below:
            self.assertAlmostEqual(b["height"], 8760, 1)

    def test_bars_of_a_region_and_differences(self):
        self.choose("capacity", "Region", EVIL)
        for b in self.bars("capacity"):
            self.assertAlmostEqual(b["value"] / (self.base, self.other)[b["run"]].total("Optimal Capacity", b["name"], EVIL, int(b["period"])), 1, 5)
        self.press(self.find("#capacity .switcher button:nth-child(2)"))
        pieces = self.bars("capacity")
        self.assertEqual({b["run"] for b in pieces}, {1})
        for b in pieces:
            change = self.other.total("Optimal Capacity", b["name"], EVIL, int(b["period"])) - self.base.total("Optimal Capacity", b["name"], EVIL, int(b["period"]))
            self.assertAlmostEqual(b["height"] / change, 1, 4)

    def test_the_summary_has_the_numbers_and_the_changes(self):
        cells = self.js("return [...document.querySelectorAll('#summary tr')].map(r => [...r.children].map(c => [c.firstChild ? c.firstChild.textContent : '', Number(c.dataset.value), c.textContent]))")
        row = next(r for r in cells if r[0][0] == "System cost")
        self.assertAlmostEqual(row[1][1], 123456789.0, -2)
        self.assertAlmostEqual(row[2][1] / row[1][1], 1.25, 6)
        self.assertIn("+25", row[2][2])
        self.assertIn("12.5 \u00b1 0.8", self.find("#reliability").text.replace("\u202f", ""))
        self.assertIn("73.3", self.find("#prices").text)

    def domain(self):
        return self.js("const s = document.querySelector('#dispatch .figure svg'); return [Number(s.dataset.from), Number(s.dataset.to)]")

    def test_wheel_drag_keys_buttons_and_brush_zoom_and_move(self):
        self.assertEqual(self.domain(), [0, 24])
        cover = self.find("#dispatch rect.cover")
        self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", cover)
        wheel = """const r = arguments[0].getBoundingClientRect(); arguments[0].dispatchEvent(new WheelEvent('wheel',
            {deltaY: arguments[1], clientX: r.left + r.width / 2, clientY: r.top + 20, bubbles: true, cancelable: true}))"""
        for _ in range(3):
            self.js(wheel, cover, -200)
        near = self.domain()
        self.assertLess(near[1] - near[0], 12)
        self.assertGreater(near[0], 0)
        layers = "return document.querySelector('#dispatch path.layer').getAttribute('d')"
        before = self.js(layers)
        ActionChains(self.browser).move_to_element(cover).click_and_hold().move_by_offset(-120, 0).release().perform()
        moved = self.domain()
        self.assertGreater(moved[0], near[0])
        self.assertAlmostEqual(moved[1] - moved[0], near[1] - near[0], 2)
        self.assertNotEqual(self.js(layers), before)
        svg = self.find("#dispatch .figure svg")
        svg.send_keys(Keys.ARROW_LEFT)
        self.assertLess(self.domain()[0], moved[0])
        svg.send_keys("0")
        self.assertEqual(self.domain(), [0, 24])
        self.press(self.browser.find_element(By.XPATH, "//*[@id='dispatch']//button[text()='+']"))
        self.assertAlmostEqual(self.domain()[1] - self.domain()[0], 12, 2)
        self.press(self.browser.find_element(By.XPATH, "//*[@id='dispatch']//button[text()='All']"))
        self.assertEqual(self.domain(), [0, 24])
        self.js("arguments[0].scrollIntoView({block: 'center', behavior: 'instant'})", self.find("#dispatch .brush .overlay"))
        handle = self.find("#dispatch .brush .handle--w")
        ActionChains(self.browser).move_to_element(handle).click_and_hold().move_by_offset(300, 0).release().perform()
        self.assertGreater(self.domain()[0], 4)
        self.assertEqual(self.domain()[1], 24)

    def test_dispatch_shows_the_chosen_run_region_and_period(self):
        self.choose("dispatch", "Run", "carbon cap")
        self.choose("dispatch", "Period", "2040")
        self.choose("dispatch", "Region", EVIL)
        hour = 7
        values = self.js("""const d = hoursData({run: 1, period: 1, region: arguments[0], carrier: 'electricity', hidden: new Set()});
            return Object.fromEntries(d.power.map(s => [s.technology, s.values[arguments[1]]]))""", EVIL, hour)
        for technology in TECHNOLOGIES:
            self.assertAlmostEqual(values[technology], 1.25 * shape(technology, EVIL, hour, 2040), 2)
        names = self.js("return [...document.querySelectorAll('#dispatch path.layer')].map(p => p.dataset.name)")
        self.assertEqual(set(names), set(TECHNOLOGIES) | {"exchange"})

    def test_storage_charges_below_zero_and_its_energy_is_shown(self):
        sides = self.js("return [...document.querySelectorAll('#dispatch path.layer')].filter(p => p.dataset.name === 'battery').map(p => p.dataset.side).sort()")
        self.assertEqual(sides, ["above", "below"])
        self.assertEqual(self.js("return [...document.querySelectorAll('#dispatch path.stored')].map(p => p.dataset.name)"), ["battery"])

    def test_legends_hide_and_show(self):
        for section, pieces in (("capacity", "rect.piece"), ("dispatch", "path.layer")):
            count = f"return [...document.querySelectorAll('#{section} {pieces}')].filter(p => p.dataset.name === 'wind').length"
            button = self.find(f"#{section} .legend button[data-name=wind]")
            before = self.js(count)
            self.assertGreater(before, 0)
            self.press(button)
            self.assertEqual(self.js(count), 0)
            self.assertEqual(button.get_attribute("aria-pressed"), "false")
            button.send_keys(Keys.ENTER)
            self.assertEqual(self.js(count), before)

    def test_a_technology_has_one_colour_everywhere(self):
        fills = self.js("return [...document.querySelectorAll('[data-name=wind]')].map(p => p.getAttribute('fill')).filter(Boolean)")
        self.assertGreater(len(fills), 5)
        self.assertEqual(set(fills), {"#56b4e9"})
        self.press(self.browser.find_element(By.XPATH, "//button[text()='Colours of the study']"))
        fills = self.js("return [...document.querySelectorAll('#capacity [data-name=wind], #dispatch [data-name=wind]')].map(p => p.getAttribute('fill')).filter(Boolean)")
        self.assertEqual(set(fills), {"#112233"})
        gas = self.js("return [...document.querySelectorAll('[data-name=gas]')].map(p => p.getAttribute('fill')).filter(Boolean)")
        self.assertEqual(set(gas), {"#e69f00"})

    def test_the_hour_slider_moves_the_flows(self):
        for hour in (3, 17):
            self.js("const i = document.querySelector('#map input[type=range]'); i.value = arguments[0]; i.dispatchEvent(new Event('input'))", hour)
            flows = self.js("return Object.fromEntries([...document.querySelectorAll('#map g.edge')].map(e => [e.dataset.name, Number(e.dataset.flow)]))")
            self.assertEqual(set(flows), {t[0] for t in self.base.ties})
            for name, flow in flows.items():
                self.assertAlmostEqual(flow, self.base.flow(name, 2030, hour), 2)
            self.assertIn(f"{hour:02d}:00", self.find("#map output").text)

    def test_map_places_lie_as_their_coordinates_do(self):
        spots = self.js("return [...document.querySelectorAll('#map g.place')].map(p => p.transform.baseVal[0].matrix).map(m => [m.e, m.f])")
        points = list(REGIONS.values())
        shrink = math.cos(math.radians((54.12 + 54.25) / 2))
        scale = (spots[1][0] - spots[0][0]) / (points[1][0] - points[0][0])
        for (x, y), (east, north) in zip(spots[1:], points[1:]):
            self.assertAlmostEqual((x - spots[0][0]) / scale, east - points[0][0], 4)
            self.assertAlmostEqual((spots[0][1] - y) * shrink / scale, north - points[0][1], 4)

    def test_duration_curves_fall_and_have_the_right_means(self):
        for path in self.js("return [...document.querySelectorAll('#duration path.curve')].map(p => p.getAttribute('d'))"):
            heights = [float(pair.split(",")[1]) for pair in re.findall(r"[ML]([^ML]+)", path)]
            self.assertEqual(heights, sorted(heights))
        # Every bus has the same price and the same demand, and every hour the same weight: 40 to 63, on average 51.5.
        self.choose("duration", "Period", "2030")
        cells = [c.text for c in self.browser.find_elements(By.CSS_SELECTOR, "#duration tbody tr:first-child td")]
        self.assertEqual(cells, ["51.50", "63.00", "52.00", "40.00"])

    def test_contingencies_trajectories_settlement_and_ledger(self):
        summary = json.loads(read(self.path("day", "summary.json")))
        text = self.find("#stability").text
        for row in summary["stability"]:
            self.assertIn(row["name"], text)
        self.assertEqual(self.js("return [...document.querySelectorAll('#stability .small-multiples h4')].map(h => h.textContent)"), ["Voltage at buses", "Frequency at buses", "Rotor angles of machines"])
        self.assertGreater(self.js("return document.querySelectorAll('#stability path.series').length"), 6)
        bills = self.find("#settlement").text.replace("\u202f", "").replace("\u2212", "-")
        for row in summary["market"]["classes"]:
            self.assertIn(f"{float(row['net']):.2f}", bills)
        self.assertIn(summary["ledger"]["root"], self.find("#ledger").text)
        self.assertIn("archipelago ledger verify day", self.find("#ledger").text)

    def test_the_days_on_which_a_plan_was_checked_are_told(self):
        run = data_of(self.page)["runs"][1]
        self.assertEqual({d["where"] for d in run["stability"]["disturbances"]}, {"2040 peak"})
        self.assertEqual([t["name"] for t in run["stability"]["trajectories"]], ["2040 peak: fault at bus 2"])
        self.assertEqual([s["where"] for s in run["settlement"]], ["2040 peak"])
        self.assertIn("archipelago ledger verify 'cap/check/2040 peak'", self.find("#ledger").text)
        self.choose("settlement", "Statement", "carbon cap, 2040 peak")
        self.assertIn("harbour company", self.js("return document.querySelector('#settlement').textContent"))

    def test_names_do_no_harm(self):
        self.assertIsNone(self.js("return window.harm === undefined ? null : window.harm"))
        self.assertEqual(self.find("h1").text, EVIL)
        self.assertEqual(self.browser.title, EVIL)
        self.assertIn("<b>a note</b>", self.find("#notes").text)
        self.assertEqual(len(self.browser.find_elements(By.CSS_SELECTOR, "#notes b")), 0)
        self.assertIn(EVIL, self.js("return [...document.querySelectorAll('#map text.region-name')].map(t => t.textContent)"))

    def test_narrow_screens_do_not_scroll_sideways(self):
        for width in (1280, 400):
            set_width(self.browser, width)
            self.until(f"return Number(document.querySelector('#capacity svg').getAttribute('width')) < {width}")
            self.assertLessEqual(self.js("return document.documentElement.scrollWidth"), width)

    def test_controls_have_names_and_keys_reach_them(self):
        unnamed = self.js("""return [...document.querySelectorAll('select, button, input')].filter(c => !(c.getAttribute('aria-label') || c.textContent.trim() && c.tagName === 'BUTTON'
            || c.id && document.querySelector('label[for="' + c.id + '"]'))).length""")
        self.assertEqual(unnamed, 0)
        self.assertEqual(self.js("return [...document.querySelectorAll('.figure svg')].filter(s => !s.getAttribute('aria-label')).length"), 0)

    def test_prints_whole_and_without_controls(self):
        import base64
        pdf = base64.b64decode(self.browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True})["data"])
        self.assertTrue(pdf.startswith(b"%PDF"))
        self.assertGreater(len(re.findall(rb"/Type\s*/Page\b", pdf)), 3)
        self.js("dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(self.js("return [...document.querySelectorAll('details')].filter(d => !d.open).length"), 0)
        self.js("dispatchEvent(new Event('afterprint'))")
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        for selector in ("nav", ".buttons", ".slider input"):
            self.assertFalse(self.find(selector).is_displayed(), selector)
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


if __name__ == "__main__":
    program.main()
