#include "openbar/result.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace openbar {
namespace {

using ::testing::HasSubstr;

Error broken() {
    return {.code = ErrorCode::io, .cause = "it broke"};
}

Result<std::vector<std::string>> words(bool work) {
    if (!work) return broken();
    return std::vector<std::string>{"one", "two"};
}

Result<void> step(bool work) {
    if (!work) return broken();
    return {};
}

TEST(Result, a_loop_over_a_temporary_keeps_its_elements) {
    std::string all;
    for (const auto& word : *words(true)) all += word;
    for (const auto& word : words(true).value()) all += word;
    EXPECT_EQ(all, "onetwoonetwo");
}

TEST(Result, a_temporary_gives_its_value_away_and_refers_to_nothing) {
    static_assert(std::is_same_v<decltype(*words(true)), std::vector<std::string>>);
    static_assert(std::is_same_v<decltype(words(true).value()), std::vector<std::string>>);
    static_assert(std::is_same_v<decltype(words(true).error()), Error>);
}

template <typename R>
concept HasArrow = requires(R&& result) {
    std::forward<R>(result)->size();
};

TEST(Result, has_no_arrow_on_a_temporary) {
    static_assert(HasArrow<Result<std::string>&>);
    static_assert(HasArrow<const Result<std::string>&>);
    static_assert(!HasArrow<Result<std::string>>);
    static_assert(!HasArrow<const Result<std::string>>);
}

TEST(Result, a_value_that_is_not_there_throws_the_whole_message) {
    const Result<int> failed =
        Error{ErrorCode::not_found, "find card", "no such card", "openbar list"};
    for (const auto& use : std::vector<std::function<void()>>{
             [&] { static_cast<void>(failed.value()); }, [&] { static_cast<void>(*failed); },
             [&] { static_cast<void>(*failed.operator->()); },
             [&] { static_cast<void>(*Result<int>(failed)); },
             [&] { Result<void>(failed.error()).value(); }}) {
        try {
            use();
            ADD_FAILURE() << "it did not throw";
        } catch (const Exception& thrown) {
            EXPECT_STREQ(thrown.what(), "find card: no such card\n  hint: openbar list");
            EXPECT_EQ(thrown.error().code, ErrorCode::not_found);
        }
    }
}

TEST(Result, error_of_a_success_ends_the_program) {
    EXPECT_DEATH(static_cast<void>(step(true).error()),
                 "error\\(\\) of a result that holds a value");
}

Result<std::size_t> first_length(bool first, bool second) {
    OPENBAR_TRY(all, words(first));
    OPENBAR_TRY(stepped, step(second));
    return all.front().size();
}

TEST(Try, gives_the_value_or_returns_the_error) {
    EXPECT_EQ(first_length(true, true), 3u);
    EXPECT_EQ(first_length(false, true).error().cause, "it broke");
    EXPECT_EQ(first_length(true, false).error().cause, "it broke");
}

Result<std::unique_ptr<int>> owned() {
    return std::make_unique<int>(7);
}

Result<int> content() {
    OPENBAR_TRY(pointer, owned());
    return *pointer;
}

TEST(Try, moves_values_that_cannot_be_copied) {
    EXPECT_EQ(content(), 7);
}

TEST(Try, moves_the_error) {
    Result<int> failed = Error{.cause = std::string(100, 'x')};
    const char* text = failed.error().cause.data();
    const auto moved = [&]() -> Result<std::string> {
        OPENBAR_TRY(number, std::move(failed));
        return std::to_string(number);
    }();
    EXPECT_EQ(static_cast<const void*>(moved.error().cause.data()), text) << "it was copied";
}

TEST(Result, goes_on_with_a_value_only) {
    const auto twice = [](int number) { return 2 * number; };
    const auto refuse = [](int) -> Result<std::string> { return broken(); };
    EXPECT_EQ(Result<int>(4).transform(twice), 8);
    EXPECT_EQ(Result<int>(broken()).transform(twice).error().cause, "it broke");
    EXPECT_EQ(Result<int>(4).and_then(refuse).error().cause, "it broke");
    EXPECT_EQ(step(true).and_then([] { return Result<int>(1); }), 1);
}

TEST(Result, an_attempt_is_said_on_failure_only) {
    const auto unused = []() -> std::string {
        ADD_FAILURE() << "made for a success";
        return {};
    };
    EXPECT_TRUE(step(true).attempting(unused));
    const auto once = step(false).attempting([] { return "start the card"; });
    EXPECT_EQ(once.error().message(), "start the card: it broke");
}

TEST(Result, an_attempt_around_another_keeps_both) {
    auto twice = step(false).attempting([] { return "read bar0"; }).attempting([] {
        return "start the card";
    });
    EXPECT_EQ(twice.error().attempted, "start the card");
    EXPECT_EQ(twice.error().message(), "start the card: read bar0: it broke");
}

// Every comparison of their iterators looks at the operators of Result, too.
TEST(Result, can_be_in_containers) {
    std::deque<Result<std::uint64_t>> queue;
    EXPECT_TRUE(queue.empty());
    queue.emplace_back(broken());
    queue.emplace_back(std::uint64_t{3});
    EXPECT_EQ(std::find(queue.begin(), queue.end(), 3u), std::next(queue.begin()));
}

TEST(Result, converts_its_value) {
    const Result<std::string> text = Result<const char*>("words");
    EXPECT_EQ(text, "words");
    const Result<std::string> failed = Result<const char*>(broken());
    EXPECT_THAT(failed.error().message(), HasSubstr("it broke"));
}

}  // namespace
}  // namespace openbar
