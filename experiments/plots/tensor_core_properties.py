#!/usr/bin/python3
"""The table of questions and units with float32 sums; green is the published answer, red another one, white none published:
tensor_core_properties.py DATA.csv OUT.png"""
import study

table = [row for row in study.rows(["question", "unit", "answer", "published"]) if not row["unit"].endswith("_f16_f16")]
units = [unit for (unit,) in study.groups(table, "unit")]
cells = {(row["question"], row["unit"]): row for row in table}
questions = [question for (question,) in study.groups(table, "question")]


def colour(row):
    if row is None or not row["published"]:
        return "white"
    return "#c8e6c9" if row["answer"] == row["published"] else "#ffcdd2"


figure, axes = study.panels(1, "What the models answer (green: as published)", 9, 0.25 * len(questions) + 0.5)
axes[0].axis("off")
found = [[cells.get((question, unit)) for unit in units] for question in questions]
drawn = axes[0].table([[row["answer"] if row else "" for row in line] for line in found],
                      cellColours=[[colour(row) for row in line] for line in found], rowLabels=questions,
                      colLabels=[unit.replace("_mma", "").replace("_mfma", "") for unit in units], loc="center")
drawn.auto_set_font_size(False)
drawn.set_fontsize(7)
study.save(figure)
