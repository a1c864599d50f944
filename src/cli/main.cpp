// halfway: the library at the command line. Exit status: 0, 1 for an error of the data or the machine, 2 for usage.
#include <iostream>

#include "cli/command.hpp"

namespace {

/// A negative number is no option: those behind which CLI11 would look for one go to the end, behind "--".
std::vector<std::string> with_numbers_last(int argc, char** argv) {
  std::vector<std::string> arguments, numbers;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    const bool is_negative = argument.size() > 1 && argument[0] == '-' &&
                             (argument.find_first_of("0123456789.") == 1 || argument == "-inf" || argument == "-nan");
    (is_negative ? numbers : arguments).push_back(argument);
  }
  if (!numbers.empty()) arguments.emplace_back("--");
  arguments.insert(arguments.end(), numbers.begin(), numbers.end());
  return {arguments.rbegin(), arguments.rend()};  // as CLI11 takes a vector
}

}  // namespace

int main(int argc, char** argv) {
  using namespace halfway::cli;
  constexpr int data_error = 1, usage_error = 2;
  CLI::App app{"Narrow number formats and the products of matrix units, to the last bit.", "halfway"};
  app.set_version_flag("--version", "halfway " HALFWAY_VERSION);
  app.require_subcommand(1);
  add_round_command(app);
  add_inspect_command(app);
  add_formats_command(app);
  add_matmul_command(app);
  add_probe_command(app);
  add_devices_command(app);
  try {
    app.parse(with_numbers_last(argc, argv));
    std::cout.flush();
    if (!std::cout) throw halfway::FileError("halfway", "the output cannot be written; look where it goes");
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : usage_error;  // --help and --version are ParseErrors too
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return data_error;
  }
}
