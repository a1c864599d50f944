// .npy files: every type, order and version that is read, the bytes that are written, and what is said of bad ones.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "fuzz/npy_corpus.hpp"
#include "halfway/data/npy.hpp"
#include "halfway/errors.hpp"
#include "support/temporary_folder.hpp"

using namespace halfway;
using namespace std::string_literals;
namespace fs = std::filesystem;

namespace {

NpyArray read(const std::string& file) { return read_npy(corpus::bytes(file), "FILE"); }

template <class T>
std::vector<T> values(const std::string& file) {
  const NpyArray array = read(file);
  const auto span = array.values<T>();
  return {span.begin(), span.end()};
}

std::string content(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}
void put(const fs::path& file, const std::string& bytes) { std::ofstream(file, std::ios::binary) << bytes; }

std::string error_of(const std::string& file) {
  try {
    read(file);
  } catch (const FileError& error) {
    return error.what();
  }
  return "no error";
}
/// The error of a file, after "[read_npy] 'FILE', byte ".
std::string told(const std::string& file) {
  const std::string text = error_of(file), begin = "[read_npy] 'FILE', byte ";
  return text.starts_with(begin) ? text.substr(begin.size()) : text;
}
/// The same of a dictionary, its first character counted as byte 0 and without the usual advice.
std::string told_of(const std::string& dictionary) {
  const std::string text = told(corpus::npy(1, dictionary, "")), advice = "; write the file again with numpy.save";
  const std::size_t colon = text.find(':');
  const std::string place = std::to_string(std::stoi(text) - 10);
  return place + text.substr(colon, text.ends_with(advice) ? text.size() - advice.size() - colon : text.npos);
}

}  // namespace

TEST_CASE("every element type, in both byte orders") {
  CHECK(values<bool>(corpus::npy("|b1", "(2,)", "\0\1"s)) == std::vector<bool>{false, true});
  CHECK(values<std::int8_t>(corpus::npy("|i1", "(2,)", "\xff\x01")) == std::vector<std::int8_t>{-1, 1});
  CHECK(values<std::uint8_t>(corpus::npy("|u1", "(2,)", "\xff\x01")) == std::vector<std::uint8_t>{255, 1});
  CHECK(values<std::int16_t>(corpus::npy("<i2", "(2,)", "\xfe\xff\1\2")) == std::vector<std::int16_t>{-2, 513});
  CHECK(values<std::int16_t>(corpus::npy(">i2", "(2,)", "\xff\xfe\2\1")) == std::vector<std::int16_t>{-2, 513});
  CHECK(values<std::uint16_t>(corpus::npy("<u2", "(1,)", "\xfe\xff")) == std::vector<std::uint16_t>{65534});
  CHECK(values<std::int32_t>(corpus::npy("<i4", "(1,)", "\4\3\2\1")) == std::vector<std::int32_t>{0x01020304});
  CHECK(values<std::uint32_t>(corpus::npy(">u4", "(1,)", "\1\2\3\4")) == std::vector<std::uint32_t>{0x01020304});
  CHECK(values<std::int64_t>(corpus::npy(">i8", "(1,)", "\1\2\3\4\5\6\7\x08")) ==
        std::vector<std::int64_t>{0x0102030405060708});
  CHECK(values<std::uint64_t>(corpus::npy("<u8", "(1,)", "\xff\xff\xff\xff\xff\xff\xff\xff")) ==
        std::vector<std::uint64_t>{~std::uint64_t{0}});
  CHECK(to_code(values<float16>(corpus::npy("<f2", "(1,)", "\0\x3c"s))[0]) == 0x3C00);
  CHECK(to_code(values<float16>(corpus::npy(">f2", "(1,)", "\x3c\0"s))[0]) == 0x3C00);
  CHECK(values<float>(corpus::npy("<f4", "(1,)", "\0\0\x80\x3f"s)) == std::vector<float>{1});
  CHECK(values<double>(corpus::npy(">f8", "(1,)", "\x3f\xf0\0\0\0\0\0\0"s)) == std::vector<double>{1});
  // Raw codes are read as what the caller says that they are.
  CHECK(to_code(values<bfloat16>(corpus::npy("<V2", "(1,)", "\x80\x3f"))[0]) == 0x3F80);
  CHECK(to_code(values<bfloat16>(corpus::npy(">V2", "(1,)", "\x3f\x80"))[0]) == 0x3F80);
  CHECK(values<std::uint16_t>(corpus::npy("|V2", "(1,)", "\x80\x3f")) == std::vector<std::uint16_t>{0x3F80});
  CHECK(values<std::uint32_t>(corpus::npy("<V4", "(1,)", "\1\2\3\4")) == std::vector<std::uint32_t>{0x04030201});
  CHECK(to_code(values<float8_e4m3fn>(corpus::npy("<V1", "(1,)", "\x38"))[0]) == 0x38);
  CHECK(to_code(values<float8_e5m2>(corpus::npy("<f1", "(1,)", "\x3c"))[0]) == 0x3C);
}

TEST_CASE("shapes, orders, versions") {
  CHECK(read(corpus::npy("<f4", "()", "abcd")).shape.empty());
  CHECK(read(corpus::npy("<f4", "()", "abcd")).size() == 1);
  CHECK(read(corpus::npy("|u1", "(0, 9223372036854775807)", "")).shape ==
        std::vector<std::int64_t>{0, 9223372036854775807});
  CHECK(read(corpus::npy("|u1", "(2, 3, )", "abcdef")).shape == std::vector<std::int64_t>{2, 3});
  CHECK(read(corpus::npy("|u1", "(2L, 3L)", "abcdef")).shape == std::vector<std::int64_t>{2, 3});  // Python 2
  std::string ones = "(";
  for (int i = 0; i < 100; ++i) ones += "1, ";
  CHECK(read(corpus::npy("|u1", ones + ")", "x")).shape == std::vector<std::int64_t>(100, 1));
  const std::vector<std::string> files = corpus::npy_files();
  for (std::size_t i = 0; i < files.size(); ++i) {
    CAPTURE(i);
    CHECK(error_of(files[i]) == "no error");
    CHECK(read(files[i]).fortran_order == (i == 5));
  }
}

TEST_CASE("a type is asked for as what it is") {
  const NpyArray array = read(corpus::npy("<f4", "(1,)", "abcd"));
  CHECK_THROWS_WITH_AS(array.values<std::uint32_t>(),
                       "[NpyArray::values] u4 was asked of an array of f4; read it as what it is, and convert",
                       DTypeError);
  CHECK_THROWS_AS(read(corpus::npy("<V2", "(1,)", "ab")).values<std::int16_t>(), DTypeError);
  CHECK_THROWS_AS(read(corpus::npy("<V2", "(1,)", "ab")).values<std::uint8_t>(), DTypeError);
  CHECK_THROWS_AS(read(corpus::npy("<f2", "(1,)", "ab")).values<bfloat16>(), DTypeError);
}

TEST_CASE("files that break off or go on") {
  const std::string good = corpus::npy("<f4", "(2, 3)", std::string(24, 'x')),
                    copy = "; copy the file again, or write it again with numpy.save";
  CHECK(told("") == "0: found the end of the file; expected 6 bytes of magic" + copy);
  CHECK(told(good.substr(0, 5)) == "5: found the end of the file; expected 6 bytes of magic" + copy);
  CHECK(told(good.substr(0, 7)) == "7: found the end of the file; expected 2 bytes of version" + copy);
  CHECK(told(good.substr(0, 9)) == "9: found the end of the file; expected 2 bytes of header length" + copy);
  CHECK(told(good.substr(0, 30)) == "30: found the end of the file; expected 60 bytes of header" + copy);
  CHECK(told(good.substr(0, good.size() - 1)) ==
        "93: found the end of the file after 23 bytes of elements; expected 24 bytes of elements, as the header says" +
            copy);
  CHECK(told(good + "ab") ==
        "94: found 2 bytes behind the elements; expected 24 bytes of elements, as the header says" + copy);
  // No memory is taken for what only the header claims.
  CHECK(
      told(corpus::npy("<f8", "(1152921504606846975,)", "")) ==
      "86: found the end of the file after 0 bytes of elements; expected 9223372036854775800 bytes of elements, as the "
      "header says" +
          copy);
  CHECK(told(corpus::npy("<f8", "(1152921504606846976,)", "")) ==
        "8: found a shape of 2^63 bytes or more; expected a smaller one" + copy);
  CHECK(told(corpus::npy("|u1", "(0, 4294967296, 4294967296)", "")) ==
        "8: found a shape of 2^63 bytes or more; expected a smaller one" + copy);
  CHECK(told("\x93NUMPY\2\0\xff\xff\xff\xff{"s) ==
        "13: found the end of the file; expected 4294967295 bytes of header" + copy);
  CHECK(told(corpus::npy("|b1", "(3,)", "\0\1\2"s)) == "70: found a boolean of 2; expected 0 or 1" + copy);
}

TEST_CASE("foreign files") {
  CHECK(told("PK\3\4 and more") ==
        R"(0: found other bytes; expected "\x93NUMPY", with which .npy files begin; name an .npy file)");
  const std::string again = "; expected 1.0, 2.0 or 3.0; write the file again with numpy.save";
  CHECK(told("\x93NUMPY\4\0"s) == "6: found version 4.0" + again);
  CHECK(told("\x93NUMPY\1\1"s) == "6: found version 1.1" + again);
  CHECK(told("\x93NUMPY\0\0"s) == "6: found version 0.0" + again);
}

TEST_CASE("types that are not numbers of ours") {
  const std::string known =
      "; expected b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4, f8, V1, V2 or V4 after a byte order; "
      "convert the array with numpy's astype or view, and save that";
  for (const char* descr : {"<c8", "|O", "<U3", "|S4", "<M8[ns]", "<f16", "|V3", "<", "", "<F4", "<f4 "}) {
    CAPTURE(std::string(descr));
    CHECK(told_of("{'descr': '"s + descr + "'}") == "10: found the element type '" + std::string(descr) + "'" + known);
  }
  CHECK(told_of("{'descr': [('a', '<f4')]}") ==
        "10: found a structured array; expected elements of one number each; save its fields one by one");
  CHECK(told_of("{'descr': '=f4'}") ==
        "10: found the element type '=f4'; expected the byte order '<' or '>' before the type");
  CHECK(told_of("{'descr': '|f4'}") ==
        "10: found the element type '|f4'; expected the byte order '<' or '>' before the type");
  CHECK(told_of("{'descr': '=V2'}") ==
        "10: found the element type '=V2'; expected the byte order '<' or '>' or '|' before the type");
}

TEST_CASE("dictionaries that are not") {
  const std::string whole = "{'descr': '<f4', 'fortran_order': False, 'shape': (1,)}";
  CHECK(told_of("") == "0: found the end of the header; expected '{', which begins a dictionary");
  CHECK(told_of("['descr']") == "0: found '['; expected '{', which begins a dictionary");
  CHECK(told_of("{") == "1: found the end of the header; expected a key in quotes or '}'");
  CHECK(told_of("{,}") == "1: found ','; expected a key in quotes or '}'");
  CHECK(told_of("{}") == "2: found no key 'descr'; expected 'descr', 'fortran_order' and 'shape'");
  CHECK(told_of("{'descr': '<f4', 'shape': ()}\n") ==
        "30: found no key 'fortran_order'; expected 'descr', 'fortran_order' and 'shape'");
  CHECK(told_of("{'desc': 1}") == "1: found the key 'desc'; expected 'descr', 'fortran_order' or 'shape'");
  CHECK(told_of("{'shape': (), 'shape': ()}") == "14: found the key 'shape' twice; expected it once");
  CHECK(told_of("{'shape' ()}") == "9: found '('; expected ':' after the key 'shape'");
  CHECK(told_of("{'shape': () 'descr'}") == "13: found '''; expected ',' or '}'");
  CHECK(told_of("{'shape: ()}") == "12: found the end of the header; expected the closing quote of a plain string");
  CHECK(told_of("{'sha\\x70e': ()}") == "5: found '\\'; expected the closing quote of a plain string");
  CHECK(told_of("{'fortran_order': 0}") == "18: found '0'; expected True or False");
  CHECK(told_of("{'fortran_order': true}") == "18: found 't'; expected True or False");
  CHECK(told_of("{'fortran_order': Falsely}") == "23: found 'l'; expected ',' or '}'");
  CHECK(told_of("{'shape': 3}") == "10: found '3'; expected '(', which begins a tuple of extents");
  CHECK(told_of("{'shape': (3)}") == "12: found ')'; expected ',' after the only extent of a tuple");
  CHECK(told_of("{'shape': (,)}") == "11: found ','; expected an extent in digits");
  CHECK(told_of("{'shape': (-1,)}") == "11: found '-'; expected an extent in digits");
  CHECK(told_of("{'shape': (1.0,)}") == "12: found '.'; expected ',' after the only extent of a tuple");
  CHECK(told_of("{'shape': (1, 2 3)}") == "16: found '3'; expected ',' or ')'");
  CHECK(told_of("{'shape': (1, 2,, 3)}") == "16: found ','; expected an extent in digits");
  CHECK(told_of("{'shape': (007,)}") == "11: found an extent that begins with 0; expected digits without it");
  CHECK(told_of("{'shape': (9223372036854775808,)}") == "11: found an extent of 2^63 or more; expected a smaller one");
  CHECK(told_of("{'shape': (1,") == "13: found the end of the header; expected an extent in digits");
  CHECK(told_of(whole + " x") == "56: found 'x'; expected the end of the header after '}'");
  CHECK(told_of(whole + "\x93") == "55: found the byte 0x93; expected the end of the header after '}'");
}

TEST_CASE("what is written") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "a.npy";
  const auto written = [&](const NpyView& array) {
    write_npy(file, array);
    return content(file);
  };
  const std::vector<float> six{1, 2, 3, 4, 5, 6};
  const std::vector<std::int64_t> two_by_three{2, 3}, scalar{};
  const std::string elements(reinterpret_cast<const char*>(six.data()), 24);
  // numpy.save(file, numpy.arange(1, 7, dtype='f4').reshape(2, 3)), of NumPy 1.24 and 2.4
  const std::string header =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }" + std::string(58, ' ') + "\n";
  CHECK(written(npy_view<float>(six, two_by_three)) == "\x93NUMPY\1\0\x76\0"s + header + elements);

  for (const std::string& good : corpus::npy_files()) {
    const NpyArray array = read(good);
    write_npy(file, array);
    const NpyArray again = read_npy(file);
    CHECK(again.type == array.type);
    CHECK(again.shape == array.shape);
    CHECK(again.fortran_order == array.fortran_order);
    CHECK(again.data == array.data);
    CHECK(content(file).size() % 64 == array.data.size() % 64);
  }

  // Version 2.0 where the header is longer than 65535: at the first such rank, and one below.
  for (const std::int64_t rank : {21817, 21818}) {
    const std::vector<std::int64_t> ones(static_cast<std::size_t>(rank), 1);
    const std::string bytes = written(npy_view<float>(std::span(six).first(1), ones));
    CHECK(bytes[6] == (rank == 21817 ? 1 : 2));
    CHECK(read_npy(file).shape == ones);
  }

  CHECK_THROWS_WITH_AS(write_npy(file, npy_view<float>(std::span(six).first(5), two_by_three)),
                       "[write_npy] an array of shape (2, 3) of f4 came with 20 bytes, which do not fit; pass all "
                       "elements",
                       ShapeError);
  const std::vector<std::int64_t> negative{-1, -6};
  CHECK_THROWS_AS(write_npy(file, npy_view<float>(six, negative)), ShapeError);
}

TEST_CASE("written beside and renamed") {
  const TemporaryFolder folder;
  const fs::path file = folder.path / "a.npy", link = folder.path / "link.npy";
  const NpyArray array = read(corpus::npy_files()[0]);
  put(file, "old");
  const auto secret = fs::perms::owner_read | fs::perms::owner_write;
  fs::permissions(file, secret);
  fs::create_symlink("a.npy", link);
  write_npy(link, array);
  CHECK(fs::is_symlink(link));
  CHECK(fs::status(file).permissions() == secret);
  CHECK(read_npy(file).data == array.data);
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 2);  // nothing is left beside

  CHECK_THROWS_WITH_AS(
      write_npy(folder.path, array),
      ("[write_npy] '" + folder.path.string() + "' is not a file and cannot be replaced by one; name another file")
          .c_str(),
      FileError);
  CHECK_THROWS_AS(write_npy("/dev/null", array), FileError);
  CHECK_THROWS_AS(write_npy(folder.path / "none" / "a.npy", array), FileError);
  CHECK_THROWS_AS(write_npy("", array), FileError);
  // A file that cannot be made is said to be so, and what is there stays.
  CHECK_THROWS_AS(write_npy(folder.path / std::string(255, 'x'), array), FileError);  // too long with a suffix
  CHECK(std::distance(fs::directory_iterator(folder.path), {}) == 2);
}

TEST_CASE("files that cannot be read") {
  const TemporaryFolder folder;
  const std::string none = (folder.path / "none.npy").string();
  CHECK_THROWS_WITH_AS(
      read_npy(none),
      ("[read_npy] '" + none + "': found nothing that is a file; expected an .npy file; check the path").c_str(),
      FileError);
  CHECK_THROWS_AS(read_npy(folder.path), FileError);
}
