/* The best that can be done: a cabinet's input process in C, for one player. Switch n of a line request is button n;
 * the first four are up, down, left and right.
 *
 * input WINDOW_US CHIP OFFSET…   the lines of a chip; frames of the gamepad are written to standard output
 * input WINDOW_US LEVELS LINES   so many played lines: the kernel's records are read from standard input, levels from
 *                                that descriptor
 *
 * Like the real one: a press counts at once, bounces within the window do not, the level is looked at when that has
 * ended; opposite directions are neutral; one write for each change; the owner, here a process that throws it
 * away, hears of it after the window.
 */
#include <fcntl.h>
#include <linux/gpio.h>
#include <linux/input.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SWITCHES_MOST 17
#define DIRECTIONS 4

static const int KEYS[SWITCHES_MOST - DIRECTIONS] = {BTN_SOUTH, BTN_EAST, BTN_START, BTN_SELECT};

struct report {
    int number, active, bounces;
    long long at_ns, latency_ns;
    unsigned presses;
};

static struct contact {
    int is_open; /* its window */
    long long until_ns;
    struct report last;
} contacts[SWITCHES_MOST];

static int place[SWITCHES_MOST * 4]; /* of each offset */
static int count, levels = -1, line, owner, held[2][2];
static long long window_ns;

static long long now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void request(const char *chip, char **offsets)
{
    struct gpio_v2_line_request wanted = {.num_lines = count, .consumer = "input"};
    wanted.config.flags = GPIO_V2_LINE_FLAG_INPUT | GPIO_V2_LINE_FLAG_EDGE_RISING | GPIO_V2_LINE_FLAG_EDGE_FALLING;
    for (int n = 0; n < count; n++) {
        wanted.offsets[n] = atoi(offsets[n]);
        place[wanted.offsets[n]] = n;
    }
    if (ioctl(open(chip, O_RDWR), GPIO_V2_GET_LINE_IOCTL, &wanted) < 0) {
        perror(chip);
        exit(1);
    }
    line = wanted.fd;
}

static int is_active(int number)
{
    struct gpio_v2_line_values values = {.mask = 1ULL << number};
    if (levels < 0)
        ioctl(line, GPIO_V2_LINE_GET_VALUES_IOCTL, &values);
    else if (pread(levels, &values.bits, sizeof values.bits, 0) < 0)
        exit(1);
    return values.bits >> number & 1;
}

static void show(int number, int active)
{
    struct input_event frame[2] = {{.type = EV_KEY, .value = active}, {.type = EV_SYN}};
    if (number < DIRECTIONS) {
        int *axis = held[number / 2];
        axis[number % 2] = active;
        frame[0].type = EV_ABS;
        frame[0].code = number / 2 ? ABS_HAT0X : ABS_HAT0Y;
        frame[0].value = axis[1] - axis[0];
    } else {
        frame[0].code = KEYS[number - DIRECTIONS];
    }
    if (write(STDOUT_FILENO, frame, sizeof frame) < 0)
        exit(1);
}

static void change(int number, int active, long long at_ns)
{
    struct contact *contact = &contacts[number];
    show(number, active);
    contact->is_open = 1;
    contact->until_ns = at_ns + window_ns;
    contact->last.number = number;
    contact->last.active = active;
    contact->last.bounces = 0;
    contact->last.presses += active;
    contact->last.at_ns = at_ns;
    contact->last.latency_ns = now_ns() - at_ns;
}

static void settle(int number, int look)
{
    struct contact *contact = &contacts[number];
    contact->is_open = 0;
    if (write(owner, &contact->last, sizeof contact->last) < 0)
        exit(1);
    if (look && is_active(number) != contact->last.active)
        change(number, !contact->last.active, now_ns());
}

static void take(const struct gpio_v2_line_event *edge)
{
    int number = place[edge->offset], active = edge->id == GPIO_V2_LINE_EVENT_RISING_EDGE;
    struct contact *contact = &contacts[number];
    long long at_ns = edge->timestamp_ns;
    if (contact->is_open && at_ns >= contact->until_ns)
        settle(number, 0);
    if (contact->is_open)
        contact->last.bounces += active != contact->last.active;
    else if (active != contact->last.active)
        change(number, active, at_ns);
}

static int wait_ms(void)
{
    long long until_ns = -1, left_ns;
    for (int n = 0; n < count; n++)
        if (contacts[n].is_open && (until_ns < 0 || contacts[n].until_ns < until_ns))
            until_ns = contacts[n].until_ns;
    if (until_ns < 0)
        return -1;
    left_ns = until_ns - now_ns();
    return left_ns > 0 ? (left_ns + 999999) / 1000000 : 0;
}

static void serve(void)
{
    struct gpio_v2_line_event edges[16];
    struct epoll_event wanted = {.events = EPOLLIN}, ready;
    int epoll = epoll_create1(0), found;
    epoll_ctl(epoll, EPOLL_CTL_ADD, line, &wanted);
    while ((found = epoll_wait(epoll, &ready, 1, wait_ms())) >= 0) {
        ssize_t got = found ? read(line, edges, sizeof edges) : 0;
        if (found && got <= 0)
            return;
        for (size_t n = 0; n < got / sizeof *edges; n++)
            take(&edges[n]);
        for (int n = 0; !found && n < count; n++)
            if (contacts[n].is_open && contacts[n].until_ns <= now_ns())
                settle(n, 1);
    }
}

static void start_owner(void)
{
    char heard[sizeof(struct report)];
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) < 0)
        exit(1);
    if (fork() == 0) {
        close(ends[0]);
        close(STDIN_FILENO);
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        while (read(ends[1], heard, sizeof heard) > 0)
            ;
        exit(0);
    }
    close(ends[1]);
    owner = ends[0];
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    window_ns = atoi(argv[1]) * 1000LL;
    start_owner();
    if (strchr(argv[2], '/')) {
        count = argc - 3;
        request(argv[2], argv + 3);
    } else {
        levels = atoi(argv[2]);
        count = atoi(argv[3]);
        for (int n = 0; n < count; n++)
            place[n] = n;
    }
    fputs("ready\n", stderr);
    serve();
    return 0;
}
