"""Two months: the same kinds of stories, with other names, times and sizes. The second is kept apart from the first."""

from __future__ import annotations

from dataclasses import dataclass

from month import stories
from month.background import Outage
from month.told import Story, at


@dataclass(frozen=True, slots=True)
class Cast:
    seed: int
    outage: Outage
    stories: tuple[Story, ...]


FIRST = Cast(
    seed=7,
    outage=Outage(at(29, "10:05"), at(29, "11:30"), "smtp.newrelay.example", stories.NO_LOGIN),
    stories=(
        stories.password_change("aya.hoshino@corp.example", "192.0.2.77", 6, "12:02", "18:40"),
        stories.printer("10.30.4.9", "mfp4f@corp.example", 8, 14),
        stories.full_width(
            "ono.kaori@corp.example", "192.0.2.78", 7, "14:20", "ｍori@denki.example", "mori@denki.example"
        ),
        stories.time_rule("late.ishii@city.example", "192.0.2.79", 5, 23, "21:00", "08:30"),
        stories.flapping(
            "order.desk@shop.example", "192.0.2.80", (12, 13, 15, 16), "support@shop.example", "09:10"
        ),
        stories.nat_office("192.0.2.200", "branch.example", 15, 4, 15, "10:05"),
        stories.webmail("miura.web@school.example", "principal@school.example", 20, "16:10"),
        stories.new_device("panel7", "alarm@city.example", "10.30.8.2", 21, "03:12"),
        stories.holiday("goto.away@corp.example", "192.0.2.81", 16, "18:30", 26),
        stories.quota("bulk.abe@shop.example", "192.0.2.82", 13, "16:20"),
        stories.twice("kimura.twice@corp.example", "192.0.2.83", 22, "11:11"),
        stories.newsletter("editor@school.example", "192.0.2.84", 28, "10:00", 50),
        stories.broken_map(("corp.example", "shop.example", "clinic.example"), 20, 8, "14:02", 39, "198.20"),
        stories.block_list("maruyama.example", 12, 14, "13:30", 16, "198.21"),
        stories.new_domain("newbrand.example", 6, 19, "10:30", 20, "198.22"),
        stories.foreign_senders(tuple(f"loyal{number}.example" for number in range(8)), 22, "09:00", 140),
        stories.botnet(
            tuple(f"forged{number}@corp.example" for number in range(4)), 27, "02:00", 3000, "46.1"
        ),
        stories.stolen_account("sales.kobe@corp.example", "192.0.2.85", 2, "03:30", 240, "77.1"),
        stories.mad_filter(("corp.example", "shop.example", "city.example"), 12, 30, "11:10", 50, "198.23"),
        stories.relay_change("smtp.newrelay.example", 29, "10:05", "11:30"),
    ),
)

SECOND = Cast(
    seed=1905,
    outage=Outage(at(20, "16:10"), at(20, "17:05"), "out.hosting.example", stories.NO_LOGIN),
    stories=(
        stories.password_change("paul.berg@school.example", "192.0.2.31", 19, "09:32", "20:15"),
        stories.printer("10.44.0.250", "etagenkopierer@city.example", 2, 5),
        stories.full_width(
            "lena.kurz@shop.example", "192.0.2.32", 30, "17:45", "sales＠denki.example", "sales@denki.example"
        ),
        stories.time_rule("nacht.wache@clinic.example", "192.0.2.33", 12, 16, "22:45", "06:50"),
        stories.flapping("lager@corp.example", "192.0.2.34", (5, 7, 8), "einkauf@corp.example", "07:20"),
        stories.nat_office("192.0.2.210", "werk.example", 40, 33, 9, "13:40"),
        stories.webmail("olsen.w@city.example", "mayor@city.example", 14, "08:02"),
        stories.new_device("ups-keller", "ups@corp.example", "10.44.9.9", 27, "23:58"),
        stories.holiday("marta.frei@shop.example", "192.0.2.35", 7, "17:01", 21),
        stories.quota("serien.brief@city.example", "192.0.2.36", 22, "09:44"),
        stories.twice("zwei.mal@shop.example", "192.0.2.37", 1, "15:02"),
        stories.newsletter("verein@city.example", "192.0.2.38", 6, "19:30", 300),
        stories.broken_map(("corp.example", "werk.example"), 40, 26, "08:58", 75, "198.24"),
        stories.block_list("grosshandel.example", 8, 6, "09:10", 8, "198.25"),
        stories.new_domain("filiale.example", 9, 28, "15:00", 29, "198.26"),
        stories.foreign_senders(tuple(f"treu{number}.example" for number in range(5)), 13, "18:20", 45),
        stories.botnet(
            tuple(f"opfer{number}@school.example" for number in range(9)), 3, "11:00", 6000, "77.8"
        ),
        stories.stolen_account("vorstand@werk.example", "192.0.2.39", 15, "22:10", 900, "91.7"),
        stories.mad_filter(("corp.example", "school.example"), 25, 8, "10:00", 20, "198.27"),
        stories.relay_change("out.hosting.example", 20, "16:10", "17:05"),
    ),
)
