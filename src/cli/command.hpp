// The subcommands of the program, each in a file of its own.
#pragma once
#include <CLI/CLI.hpp>

#include <string>

#include "halfway/errors.hpp"

namespace halfway::cli {

void add_round_command(CLI::App& app);
void add_inspect_command(CLI::App& app);
void add_formats_command(CLI::App& app);
void add_matmul_command(CLI::App& app);
void add_probe_command(CLI::App& app);
void add_devices_command(CLI::App& app);

/// An option whose text `parse` turns into `target`; a text that it refuses with ValueError is an error of usage.
template <class T, class Parse>
CLI::Option* add_parsed_option(CLI::App& app, const std::string& name, T& target, const std::string& help,
                               Parse parse) {
  const auto store = [&target, name, parse](const std::string& text) {
    try {
      target = parse(text);
    } catch (const ValueError& error) {
      throw CLI::ValidationError(name, error.what());
    }
  };
  return app.add_option_function<std::string>(name, store, help);
}

}  // namespace halfway::cli
