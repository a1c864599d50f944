// halfway round: what the library does to a span, done to a NumPy file.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.hpp"
#include "cli/round.hpp"
#include "cli/table.hpp"
#include "halfway/formats/format_text.hpp"

namespace halfway::cli {

namespace {

struct RoundOptions {
  std::filesystem::path in, out;
  FloatFormat format{};
  std::optional<FloatFormat> input_format;
  Arithmetic how;
  Held held = Held::as_codes;
  bool json = false;
};

struct RoundedArray {
  std::string name;  ///< empty, if it is all of the file
  Rounded rounded;
};

ValueError no_choice(const std::string& text, const std::string& names) {
  return {"halfway", "'" + text + "' is no choice; there are " + names};
}

/// The choices of an option that is one of a few words.
template <class T>
auto one_of(std::vector<std::pair<std::string_view, T>> choices) {
  return [choices](const std::string& text) {
    std::string names;
    for (const auto& [name, value] : choices) {
      if (name == text) return value;
      names.append(names.empty() ? "" : ", ").append(name);
    }
    throw no_choice(text, names);
  };
}

// --------------------------------------------------------------------------------------------------------------- files

Rounded round_array(const RoundOptions& options, const std::string& name, const NpyArray& array,
                    const Arithmetic& how) {
  return cli::round_array(name, array, options.input_format, options.format, options.held, how);
}

void require_use_of_input_format(const RoundOptions& options, bool any_raw) {
  if (options.input_format && !any_raw)
    throw ValueError("halfway round", "'" + options.in.string() +
                                          "' holds no raw array, and --input-format is for these; leave it away");
}

std::vector<RoundedArray> round_npy(const RoundOptions& options) {
  const NpyArray array = read_npy(options.in);
  require_use_of_input_format(options, array.type.kind == NpyKind::raw);
  std::vector<RoundedArray> arrays{{"", round_array(options, "'" + options.in.string() + "'", array, options.how)}};
  write_npy(options.out, arrays[0].rounded.array);
  return arrays;
}

/// Every member; the k-th has stream + k to itself, so that equal places of two members get other random bits.
std::vector<RoundedArray> round_npz(const RoundOptions& options) {
  NpzFile file = read_npz(options.in);
  require_use_of_input_format(options, std::ranges::any_of(file.members, [](const NpzMember& member) {
                                return member.array.type.kind == NpyKind::raw;
                              }));
  std::vector<RoundedArray> arrays;
  Arithmetic how = options.how;
  for (NpzMember& member : file.members) {
    const NpyArray array = std::move(member.array);  // freed as soon as it is rounded
    const std::string name = "'" + options.in.string() + "', member '" + member.name + "'";
    arrays.push_back({member.name, round_array(options, name, array, how)});
    ++how.stream;
  }
  std::vector<NpzView> views;
  views.reserve(arrays.size());
  for (const RoundedArray& each : arrays) views.emplace_back(each.name, each.rounded.array);
  write_npz(options.out, views, file.compression);
  return arrays;
}

bool is_archive(const std::filesystem::path& file) {
  if (file.extension() != ".npy" && file.extension() != ".npz")
    throw CLI::ValidationError("'" + file.string() + "'", "is neither an .npy nor an .npz file");
  return file.extension() == ".npz";
}

// -------------------------------------------------------------------------------------------------------------- report

std::string shape_text(const std::vector<std::int64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

std::string arithmetic_text(const Arithmetic& how) {
  std::string text(name(how.rounding));
  if (is_stochastic(how.rounding))
    text += fmt::format(" with {} random bits, seed {}, stream {}", how.random_bits, how.seed, how.stream);
  if (how.inputs == Subnormals::flush) text += ", subnormal inputs flushed";
  if (how.results == Subnormals::flush) text += ", subnormal results flushed";
  return text + (how.overflow == Overflow::saturate ? ", saturating" : "");
}

std::string text_of(const RoundOptions& options, const std::vector<RoundedArray>& arrays) {
  Table table({"array", "shape", "from", "numbers", "inexact", "underflow", "overflow", "flushed", "nan", "invalid"});
  for (const auto& [name, rounded] : arrays) {
    const EventCounts& events = rounded.events;
    const auto text = [](std::int64_t count) { return std::to_string(count); };
    table.add({name.empty() ? options.in.filename().string() : name, shape_text(rounded.array.shape), rounded.from,
               text(events.results), text(events.inexact), text(events.underflow), text(events.overflow),
               text(events.flushed), text(events.nan), text(events.invalid)});
  }
  return fmt::format("{} -> {}: {}, {}\n\n{}", options.in.string(), options.out.string(), to_string(options.format),
                     arithmetic_text(options.how), table.text());
}

std::string json_of(const RoundOptions& options, const std::vector<RoundedArray>& arrays) {
  const Arithmetic& how = options.how;
  const auto word = [](Subnormals x) { return x == Subnormals::flush ? "flush" : "keep"; };
  nlohmann::ordered_json json{{"input", options.in.string()},
                              {"output", options.out.string()},
                              {"format", to_string(options.format)},
                              {"rounding", std::string(name(how.rounding))},
                              {"subnormal_inputs", word(how.inputs)},
                              {"subnormal_results", word(how.results)},
                              {"overflow", how.overflow == Overflow::saturate ? "saturate" : "infinity"}};
  if (is_stochastic(how.rounding))
    json.update({{"random_bits", how.random_bits}, {"seed", how.seed}, {"stream", how.stream}});
  json["arrays"] = nlohmann::ordered_json::array();
  for (const auto& [name, rounded] : arrays) {
    const EventCounts& events = rounded.events;
    nlohmann::ordered_json array{
        {"name", name.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(name)},
        {"shape", rounded.array.shape},
        {"from", rounded.from},
        {"stored_as", to_string(rounded.array.type)},
        {"numbers", events.results},
        {"inexact", events.inexact},
        {"underflow", events.underflow},
        {"overflow", events.overflow},
        {"flushed", events.flushed},
        {"nan", events.nan},
        {"invalid", events.invalid}};
    json["arrays"].push_back(std::move(array));
  }
  return json.dump(2) + '\n';
}

void run(const RoundOptions& options, bool random_options) {
  if (random_options && !is_stochastic(options.how.rounding))
    throw CLI::ValidationError("--random-bits, --seed and --stream", "are for stochastic rounding");
  const bool archive = is_archive(options.in);
  if (archive != is_archive(options.out))
    throw CLI::ValidationError("IN and OUT", "are of two kinds; give both .npy or both .npz");
  const std::vector<RoundedArray> arrays = archive ? round_npz(options) : round_npy(options);
  std::cout << (options.json ? json_of(options, arrays) : text_of(options, arrays));
}

}  // namespace

void add_round_command(CLI::App& app) {
  const auto options = std::make_shared<RoundOptions>();
  Arithmetic& how = options->how;
  CLI::App* const command =
      app.add_subcommand("round", "Rounds the numbers of a NumPy file to another format and counts what happened");
  const auto format_of_text = [](const std::string& text) { return parse_format(text); };
  command->add_option("IN", options->in, "An .npy file, or an .npz file of which every array is rounded")
      ->required()
      ->type_name("");
  command->add_option("OUT", options->out, "Written when it is complete; may be IN")->required()->type_name("");
  add_parsed_option(*command, "--format", options->format, "Of the results: a name, or a notation such as e5m10",
                    format_of_text)
      ->required()
      ->type_name("NAME");
  add_parsed_option(*command, "--input-format", options->input_format,
                    "Of raw arrays (V1, V2, V4: the types of ml_dtypes), for the file does not say it", format_of_text)
      ->type_name("NAME");
  const auto rounding_of_text = [](const std::string& text) {
    if (const auto found = find_rounding(text)) return *found;
    throw no_choice(text, fmt::format("{}", fmt::join(rounding_names, ", ")));
  };
  add_parsed_option(*command, "--rounding", how.rounding,
                    fmt::format("{} (default: ties_to_even)", fmt::join(rounding_names, ", ")), rounding_of_text)
      ->type_name("NAME");
  using enum Subnormals;
  struct Flushing {
    Subnormals inputs, results;
  };
  const auto flushing = one_of<Flushing>({{"keep", {keep, keep}},
                                          {"flush_inputs", {flush, keep}},
                                          {"flush_results", {keep, flush}},
                                          {"flush", {flush, flush}}});
  const auto set_flushing = [flushing, &how](const std::string& text) {
    const Flushing chosen = flushing(text);
    how.inputs = chosen.inputs;
    return chosen.results;
  };
  add_parsed_option(*command, "--subnormals", how.results, "keep, flush_inputs, flush_results, flush (default: keep)",
                    set_flushing)
      ->type_name("NAME");
  add_parsed_option(*command, "--overflow", how.overflow, "infinity, saturate (default: infinity)",
                    one_of<Overflow>({{"infinity", Overflow::infinity}, {"saturate", Overflow::saturate}}))
      ->type_name("NAME");
  add_parsed_option(
      *command, "--output", options->held, "codes, or values held as float32 or float64 (default: codes)",
      one_of<Held>({{"codes", Held::as_codes}, {"float32", Held::as_float32}, {"float64", Held::as_float64}}))
      ->type_name("NAME");
  const CLI::Option* const random_options[] = {
      command->add_option("--random-bits", how.random_bits, "Of stochastic rounding (default: 16)")
          ->check(CLI::Range(0, 32).description(""))
          ->type_name("N"),
      command->add_option("--seed", how.seed, "Of stochastic rounding: the same seed, the same bits (default: 0)")
          ->type_name("N"),
      command->add_option("--stream", how.stream, "Of stochastic rounding: another stream, other bits (default: 0)")
          ->type_name("N")};
  command->add_flag("--json", options->json, "Report as JSON");
  command->callback([options, given = std::to_array(random_options)] {
    run(*options, std::ranges::any_of(given, [](const CLI::Option* option) { return option->count() > 0; }));
  });
}

}  // namespace halfway::cli
