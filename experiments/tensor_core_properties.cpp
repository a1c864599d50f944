// What Fasi, Higham, Mikaitis and Pranesh asked real tensor cores, asked of the models: each is a black box that
// multiplies, and its answers stand beside the published ones.
#include <fmt/format.h>

#include <halfway/emu/probe.hpp>
#include <iostream>

#include "study.hpp"
#include "tensor_core_questions.hpp"

using namespace halfway;
using experiments::Box;
using experiments::heading;
using experiments::Question;

namespace {

struct Unit {
  std::string name;
  const emu::DotModel& model;
};

/// How many answers agree with the published ones, and how many do not.
struct Count {
  int equal = 0, different = 0;
};

Count table(const std::vector<Question>& asked, const std::vector<Unit>& units, experiments::Csv& csv) {
  std::vector<Box> boxes;
  std::cout << fmt::format("{:<42}", "");
  for (const Unit& unit : units) {
    boxes.emplace_back(unit.model);
    std::cout << fmt::format("{:<12}", unit.name);
  }
  std::cout << '\n';
  Count count;
  for (const Question& question : asked) {
    std::cout << fmt::format("{:<42}", question.text);
    for (std::size_t i = 0; i < units.size(); ++i) {
      const std::string answer = question.ask(boxes[i]);
      const auto there = question.published.find(units[i].name);
      const bool known = there != question.published.end();
      const bool equal = known && there->second == answer;
      if (known) ++(equal ? count.equal : count.different);
      std::cout << fmt::format("{:<12}", !known ? answer : equal ? answer + " =" : answer + " ≠ " + there->second);
      csv.row(question.text, units[i].model.name, answer, known ? there->second : "");
    }
    std::cout << '\n';
  }
  return count;
}

/// What probe() finds of every model, and which rows it names.
void orders() {
  heading("Order, rounding and name of every unit, found by probing (halfway probe prints all properties)");
  for (const emu::DotModel* model : emu::dot_models()) {
    if (emu::find_dot_model(model->name) != model) continue;
    const FloatFormat operands = model->operands.empty()                   ? bfloat
                                 : model->operands.front() == tensor_float ? binary32
                                                                           : model->operands.front();
    const emu::ProbeReport report = emu::probe(emu::black_box(*model, operands));
    std::string rows;
    for (const emu::DotModel* row : report.models) rows.append(rows.empty() ? "" : ", ").append(row->name);
    std::cout << fmt::format("{}\n    {}\n    named: {}\n", model->name,
                             report.order.empty() ? "order not revealed" : report.order, rows);
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{
      "Asks matrix units, as black boxes, the questions of Fasi, Higham, Mikaitis and Pranesh (2021), and sets the\n"
      "answers beside the published ones. = the published answer, ≠ another one.",
      "tensor_core_properties"};
  experiments::StudyOptions options;
  bool with_orders = false;
  app.add_option("--csv", options.csv, "Also write the answers to FILE: question, unit, answer, published")
      ->type_name("FILE");
  app.add_flag("--orders", with_orders, "Also find the order of every unit's sums by probing");
  return experiments::run(app, argc, argv, [&] {
    experiments::Csv csv("question,unit,answer,published");
    heading("float16 operands, float32 sums (= is the published answer)");
    const Count sums = table(experiments::float32_sum_questions,
                             {{"V100", emu::volta_f16},
                              {"T4", emu::turing_f16},
                              {"A100", emu::ampere_f16},
                              {"Ada", emu::ada_f16},
                              {"H100", emu::hopper_f16},
                              {"B200", emu::blackwell_f16},
                              {"MI100", emu::mi100_f16},
                              {"MI250", emu::mi250_f16},
                              {"MI300", emu::mi300_f16}},
                             csv);
    heading("float16 operands, float16 sums");
    const Count float16_sums = table(experiments::float16_sum_questions,
                                     {{"V100", emu::volta_f16_f16},
                                      {"T4", emu::turing_f16_f16},
                                      {"A100", emu::ampere_f16_f16},
                                      {"Ada", emu::ada_f16_f16},
                                      {"H100", emu::hopper_f16_f16},
                                      {"B200", emu::blackwell_f16_f16}},
                                     csv);
    std::cout << fmt::format("\n{} answers are the published ones, {} are not.\n", sums.equal + float16_sums.equal,
                             sums.different + float16_sums.different);
    if (with_orders) orders();
    csv.write(options.csv);
  });
}
